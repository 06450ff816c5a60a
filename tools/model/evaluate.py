"""Scores a checkpoint on the held-out questions, which conversations.py keeps out of training.

    python3 evaluate.py --build build               # the scores of the card, from heldout.txt
    python3 evaluate.py --build build --dev         # shows the mistakes on dev.txt, to learn from

Command questions count as right when the first command the answer names is exactly the expected one; the others
when the answer is the expected answer word for word. The checkpoint is scored with the weights rounded to int8, as
they ship.
"""
import argparse
import json
import os
import re

import torch

import bpe
from conversations import NAMES, Generator, load_questions
from export_onnx import quantise
from llama import Config, Llama

NEW_NAMES = ["Zelda", "Marvin", "Cassandra", "Bruce", "Penelope", "Roland", "Ursula", "Winston", "Ophelia", "Dexter"]


def load_model(build):
    saved = torch.load(os.path.join(build, "checkpoint.pt"))
    model = Llama(Config(**saved["config"]))
    for name, tensor in saved["model"].items():
        if tensor.ndim == 2:
            values, scale = quantise(tensor.numpy(), axis=0)
            tensor.copy_(torch.from_numpy(values * scale))
    model.load_state_dict(saved["model"])
    return model.eval()


def prompt(tokenizer, turns):
    roles = {"system": bpe.SYSTEM, "user": bpe.USER, "assistant": bpe.ASSISTANT}
    ids = [bpe.BOS]
    for role, text in turns:
        ids += [roles[role], *tokenizer.encode(text), bpe.END]
    return ids + [bpe.ASSISTANT]


def first_code(answer):
    found = re.search(r"`([^`]+)`", answer)
    return found.group(1) if found else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--dev", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    generator, questions = Generator(), load_questions("dev.txt" if args.dev else "heldout.txt")
    model, tokenizer = load_model(args.build), bpe.Tokenizer.load(os.path.join(args.build, "tokenizer.json"))

    def answer(turns):
        return tokenizer.decode(model.greedy(prompt(tokenizer, turns), 120, bpe.END))

    scores, answers = {}, []
    for head, question in questions:
        entry = generator.by_head[head]
        got = answer([("user", question)])
        answers.append([question, got])
        expected = entry.fields.get("how") or entry.fields["say"]
        kind = "command" if entry.kind == "command" else entry.kind
        right = first_code(got) in (first_code(expected), first_code(entry.fields["what"])) if kind == "command" else got == expected
        hits, total = scores.get(kind, (0, 0))
        scores[kind] = (hits + right, total + 1)
        if args.dev and not right:
            print(f"WRONG {question}\n   got {got}\n   not {expected}")

    known = sum(answer([("system", f"You are {n}, an agent on 0G."), ("user", "Who are you?")]).startswith(f"I am {n},") for n in NAMES[:20])
    fresh = sum(answer([("system", f"You are {n}, an agent on 0G."), ("user", "Who are you?")]).startswith(f"I am {n},") for n in NEW_NAMES)
    scores["persona name, trained"], scores["persona name, new"] = (known, 20), (fresh, len(NEW_NAMES))
    for group, (hits, total) in sorted(scores.items()):
        print(f"{group}: {hits}/{total} = {100 * hits / total:.0f} %")
    if not args.dev:
        with open(os.path.join(args.build, "answers.json"), "w") as file:
            json.dump(answers, file)
        with open(os.path.join(args.build, "scores.json"), "w") as file:
            json.dump({group: list(score) for group, score in sorted(scores.items())}, file)


if __name__ == "__main__":
    main()
