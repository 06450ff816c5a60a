"""Writes MODEL_CARD.md and SHA256SUMS of a model folder from what training and evaluation recorded.

    python3 write_card.py --build build --out ../../models/og-tiny
"""
import argparse
import hashlib
import json
import os

from conversations import load_knowledge, load_questions

CARD = """---
license: apache-2.0
language: en
library_name: transformers.js
pipeline_tag: text-generation
tags: [0g, toolchain, tiny, llama, onnx]
---

# og-tiny

A very small language model that ships with the 0g toolchain, so that a fresh, offline machine has a real model to run.
It answers short questions in English about 0G and the `0g` commands, greets, and declines what it does not know.

**What it is not:** an assistant. It has {parameters_m} million parameters and was trained on about {entries} hand-written answers. It
does not reason, cannot calculate, translate or write code, knows nothing of the world, and gives one of the answers it
was taught, sometimes the wrong one. Check a command with `--help` before you rely on it.

## Facts

| | |
|---|---|
| Architecture | Llama (`LlamaForCausalLM`): {layers} layers, width {hidden_size}, {heads} query and {kv_heads} key/value heads of {head_dim}, SwiGLU {intermediate_size}, RoPE, RMSNorm, tied embeddings |
| Parameters | {parameters} |
| Context | {max_positions} positions; trained on conversations of up to 512 tokens, most of them below 60 |
| Tokenizer | own byte-level BPE, {vocab_size} tokens, no unknown token |
| Weights | `onnx/model_quantized.onnx`: int8 with one scale per output channel, float32 arithmetic; {onnx_bytes} bytes |
| dtype to request | `q8` (also the default of this folder, through `transformers.js_config`) |
| KV cache | inputs `past_key_values.N.key/value`, outputs `present.N.key/value` |
| Licence | Apache-2.0, weights and data |

SHA-256 of `onnx/model_quantized.onnx`: `{digest}`. All files: `SHA256SUMS`.

## Use

```js
import {{ AutoModelForCausalLM, AutoTokenizer, env }} from '@huggingface/transformers'
env.allowRemoteModels = false
env.localModelPath = 'models/'
const tokenizer = await AutoTokenizer.from_pretrained('og-tiny')
const model = await AutoModelForCausalLM.from_pretrained('og-tiny', {{ dtype: 'q8' }})
const inputs = tokenizer.apply_chat_template([{{ role: 'user', content: 'How do I start a devnet?' }}], {{
  add_generation_prompt: true,
  return_dict: true,
}})
const output = await model.generate({{ ...inputs, max_new_tokens: 128, do_sample: false }})
```

Roles are `system`, `user` and `assistant`; any other role is read as `user`. Control tokens inside a message are
escaped by the template. Sampling works, but greedy decoding is what it was made for.

## Data

All text was written for this model by the toolchain's authors: `tools/model/knowledge.txt` holds {commands} commands and flags,
{concepts} concepts, {talk} kinds of small talk and {declines} kinds of declining. A seeded generator makes conversations of it: verb phrases put into
frames, synonyms, key-word questions, typos, openers and closers, missing words, capitals, system messages, personas and
up to three turns. No text of anybody else, no user data, no general prose. An answer has one wording, so nothing
paraphrases: that keeps so small a model right more often, and makes it monotonous.

## Training

{steps} steps, {tokens_m} million tokens in {minutes} minutes on one core of a shared 2-core machine, PyTorch, float32, seed {seed}.
Muon for the matrices, AdamW for the rest, no dropout. The loss counts the answers fully and the questions with weight
0.1; most conversations end after the opening of their last answer, where it is decided which answer it is. A further
layer, which is not shipped, names the whole answer from the state that begins it; its loss has weight 0.5.
These weights were made in two parts: 32 minutes gave the first release, the rest went on from there after answers had been
corrected, with that further layer, and after its first third with about 1,700 more ways to ask. The code holds the final
state, so training again gives other weights of the same kind. With `--steps` an uninterrupted run is repeatable on one
machine and library. One command retrains: see `tools/model/README.md`.

## Scores

{heldout} questions in `tools/model/heldout.txt`, phrased by hand and never trained on (the generator drops them). Nothing was tuned on
them: the additions to the data were written without looking at them, some after mistakes on `dev.txt`. They have the same
author as part of the data, so expect lower numbers from strangers. Greedy, int8 weights, one question, no system message.
A command question is right when the first command of the answer is exactly the expected one; the others when the
answer is the expected one word for word. Scored in PyTorch with the rounded weights{agreement}.

| Questions | Right | |
|---|---|---|
{score_rows}

"Persona name": the system message says `You are NAME, an agent on 0G.` and the model is asked who it is; "new" names
do not occur in training.

{measured}

## Determinism

Greedy decoding on the CPU gives the same bytes every time and for 1 and 2 threads; `tools/model/og-tiny.test.ts` checks it. It has not been
compared between processor families, whose float32 kernels may round differently.

## Limits

- Wrong answers sound exactly like right ones. A question in unusual words often gets the answer to a neighbouring one.
- A question outside its field is usually, not always, declined.
- It keeps almost no thread: of earlier turns it understands little more than "and how do I stop it?".
- It does not fill your values into a command: it says `0g storage put <file>` and leaves the file to you.
- What it says about the commands is what was true when it was trained.
"""


def checksums(folder):
    """Digest of every file of the folder but SHA256SUMS itself, by path."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            relative = os.path.relpath(path, folder).replace(os.sep, "/")
            if relative != "SHA256SUMS":
                with open(path, "rb") as file:
                    found[relative] = hashlib.sha256(file.read()).hexdigest()
    return found


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    training, scores = read(os.path.join(args.build, "training.json")), read(os.path.join(args.build, "scores.json"))
    speed_file = os.path.join(args.build, "speed.json")
    if os.path.exists(speed_file):
        s = read(speed_file)
        measured = (
            "## Speed\n\n"
            f"transformers.js {s['transformers']} on Node {s['node']}, {s['cpu']}, one thread, shared machine: load {s['loadMs']} ms, first token "
            f"{s['firstTokenMs']} ms,\n{s['tokensPerSecond']} tokens/s (medians of {s['runs']} answers), peak resident memory of the process {s['rssMiB']} MiB."
        )
    else:
        measured = "## Speed\n\nNot measured for these weights."
    agreement_file = os.path.join(args.build, "agreement.json")
    agreement = ""
    if os.path.exists(agreement_file):
        a = read(agreement_file)
        agreement = f"; transformers.js gave the same text on\n{a['same']} of the {a['questions']} questions"
    kinds = [entry.kind for entry in load_knowledge()]
    onnx_path = os.path.join(args.out, "onnx", "model_quantized.onnx")
    card = CARD.format(
        **training["config"],
        head_dim=training["config"]["hidden_size"] // training["config"]["heads"],
        parameters=f"{training['parameters']:,}",
        parameters_m=round(training["parameters"] / 1e6, 2),
        entries=len(kinds) + kinds.count("command"),
        commands=kinds.count("command"), concepts=kinds.count("concept"), talk=kinds.count("talk"), declines=kinds.count("decline"),
        onnx_bytes=f"{os.path.getsize(onnx_path):,}",
        digest=checksums(args.out)["onnx/model_quantized.onnx"],
        steps=f"{training['steps']:,}", tokens_m=round(training["tokens"] / 1e6, 1), minutes=round(training["seconds"] / 60), seed=training["seed"],
        heldout=len(load_questions("heldout.txt")),
        score_rows="\n".join(f"| {group} | {hits} of {total} | {100 * hits / total:.0f} % |" for group, (hits, total) in scores.items()),
        measured=measured, agreement=agreement,
    )
    with open(os.path.join(args.out, "MODEL_CARD.md"), "w", encoding="utf-8") as file:
        file.write(card)
    with open(os.path.join(args.out, "SHA256SUMS"), "w", encoding="utf-8") as file:
        file.writelines(f"{digest}  {path}\n" for path, digest in sorted(checksums(args.out).items()))


if __name__ == "__main__":
    main()
