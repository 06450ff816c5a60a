#!/bin/sh
# Trains og-tiny from knowledge.txt and replaces models/og-tiny. Run it again after an interruption: it resumes.
#     MINUTES=40 THREADS=1 sh tools/model/retrain.sh
set -eu
cd "$(dirname "$0")"
python="${PYTHON:-/usr/bin/python3}"
threads="${THREADS:-1}"
out=../../models/og-tiny
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"
"$python" train.py --out build --minutes "${MINUTES:-40}" --threads "$threads"
"$python" export_onnx.py --build build --out "$out"
"$python" evaluate.py --build build
node compare-answers.mjs ../../models build/answers.json build/agreement.json
node measure-speed.mjs ../../models build/speed.json
"$python" write_card.py --build build --out "$out"
