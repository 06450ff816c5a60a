"""Trains the decoder on generated conversations; stops and resumes at any checkpoint.

    python3 train.py --out build --minutes 50

Learning rates follow the share of the budget that is spent, so a run that is cut short and resumed ends as an
uninterrupted one would. A budget in minutes ends by the clock; a budget in steps is reproducible bit for bit
on the same machine and library.
"""
import argparse
import json
import math
import os
import random
import time

import torch
from torch.nn import functional as F

import bpe
from conversations import code_of, conversations, first_sentence, load_knowledge, tokenizer_corpus
from llama import Config, Llama

QUESTION_WEIGHT = 0.1  # what the user says is learnt too, but lightly: it teaches words, not answers
OPENING = 12  # tokens of an answer within which it is decided which answer it is
CHOICE_WEIGHT = 0.5  # of naming the whole answer at its first position, by a layer that is used in training only
WHOLE_ANSWERS = 0.2  # share of conversations whose last answer is learnt to its end; the others stop after its opening


def answer_numbers():
    """Every answer of knowledge.txt and its number, in the order of the file."""
    numbers = {}
    for entry in load_knowledge():
        answers = [entry.fields["how"], entry.fields["what"], code_of(entry)] if entry.kind == "command" else [entry.fields["say"], first_sentence(entry.fields["say"])]
        for answer in answers:
            numbers.setdefault(answer, len(numbers))
    return numbers


def encode(tokenizer, turns, whole, numbers):
    """Token ids of a conversation; for each, the weight of the loss of predicting it, and the number of the answer it opens.

    Reciting an answer is learnt soon, choosing it is the hard part. So most conversations end after the opening of their
    last answer, and the same time holds about twice as many choices.
    """
    ids, weights, choices = [bpe.BOS], [0.0], [-1]
    for index, (role, text) in enumerate(turns):
        body = tokenizer.encode(text)
        cut = not whole and index == len(turns) - 1 and len(body) > OPENING
        body = body[:OPENING] if cut else body
        ids.append({"system": bpe.SYSTEM, "user": bpe.USER, "assistant": bpe.ASSISTANT}[role])
        weights.append(0.0)
        choices.append(numbers.get(text, -1) if role == "assistant" else -1)
        spoken = 1.0 if role == "assistant" else (QUESTION_WEIGHT if role == "user" else 0.0)
        ids += body
        weights += [spoken] * len(body)
        choices += [-1] * len(body)
        if not cut:
            ids.append(bpe.END)
            weights.append(1.0 if role == "assistant" else 0.0)
            choices.append(-1)
    return ids, weights, choices


def batches(tokenizer, numbers, seed, tokens_per_batch, max_length):
    """Endless padded batches of conversations of about the same length, the same for the same seed."""
    rng = random.Random(seed)
    stream = conversations(rng)
    while True:
        pool = []
        while len(pool) < 1024:
            item = encode(tokenizer, next(stream), rng.random() < WHOLE_ANSWERS, numbers)
            if len(item[0]) <= max_length:
                pool.append(item)
        pool.sort(key=lambda item: len(item[0]))
        groups, start = [], 0
        while start < len(pool):
            end = start
            while end < len(pool) and (end + 1 - start) * len(pool[end][0]) <= tokens_per_batch:
                end += 1
            groups.append(pool[start:end])
            start = end
        rng.shuffle(groups)
        for group in groups:
            width = max(len(item[0]) for item in group)
            x = torch.full((len(group), width), bpe.PAD)
            w = torch.zeros(len(group), width)
            c = torch.full((len(group), width), -1)
            for row, (ids, weights, choices) in enumerate(group):
                x[row, : len(ids)] = torch.tensor(ids)
                w[row, : len(ids)] = torch.tensor(weights)
                c[row, : len(ids)] = torch.tensor(choices)
            yield x, w, c


class Muon(torch.optim.Optimizer):
    """Momentum whose update is orthogonalised by a Newton-Schulz iteration (K. Jordan, 2024); for matrices only."""

    def __init__(self, params, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                buffer = state["momentum"].mul_(group["momentum"]).add_(p.grad)
                g = p.grad.add(buffer, alpha=group["momentum"])
                tall = g.shape[0] > g.shape[1]
                x = g.t() if tall else g
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    a = x @ x.t()
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                x = x.t() if tall else x
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(x, alpha=-group["lr"] * max(1, p.shape[0] / p.shape[1]) ** 0.5)


def schedule(progress):
    """Linear warm-up over the first 2 %, flat to 30 %, a quarter of it to 70 %, then falling linearly to 1 % of that quarter.

    The high rate finds the words, but stalls at choosing answers: measured, 80 seconds at 15 % of it brought the share of
    right choices on generated questions from 67 % to 84 %.
    """
    if progress < 0.02:
        return max(progress / 0.02, 0.05)
    return 1.0 if progress < 0.3 else 0.25 * min(1.0, max(0.01, (1 - progress) / 0.3))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default="build")
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--steps", type=int, help="budget in steps instead of minutes")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=2048, help="tokens in a batch")
    parser.add_argument("--checkpoint-seconds", type=float, default=120)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)

    tokenizer_path = os.path.join(args.out, "tokenizer.json")
    config = Config()
    if not os.path.exists(tokenizer_path):
        merges = bpe.train(tokenizer_corpus(random.Random(args.seed)), config.vocab_size)
        bpe.Tokenizer(merges).save(tokenizer_path)
    tokenizer = bpe.Tokenizer.load(tokenizer_path)
    assert len(tokenizer.tokens) == config.vocab_size, len(tokenizer.tokens)

    model = Llama(config)
    matrices = [p for name, p in model.blocks.named_parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if not any(p is m for m in matrices)]
    optimizers = [
        Muon(matrices, lr=0.02, weight_decay=0.01),
        torch.optim.AdamW(others, lr=0.003, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    base_rates = [0.02, 0.003, 0.003]
    # Names the answer from the state that begins it: one clear signal per question, where the words of the answer give a faint
    # one each. The shipped model does not have it.
    numbers = answer_numbers()
    chooser = torch.nn.Linear(config.hidden_size, len(numbers))
    optimizers.append(torch.optim.AdamW(chooser.parameters(), lr=0.003, betas=(0.9, 0.95), weight_decay=0.01))
    step, spent, seen = 0, 0.0, 0
    checkpoint = os.path.join(args.out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        # After an entry was added or removed the numbers mean other answers: that layer begins anew.
        same_answers = "chooser" in saved and saved["chooser"]["weight"].shape == chooser.weight.shape
        if same_answers:
            chooser.load_state_dict(saved["chooser"])
        for optimizer, state in zip(optimizers, saved["optimizers"][: 3 if same_answers else 2]):
            optimizer.load_state_dict(state)
        step, spent, seen = saved["step"], saved["spent"], saved["seen"]
        print(f"resumed at step {step}, {spent / 60:.1f} min", flush=True)

    def save():
        state = {
            "model": model.state_dict(), "config": config.to_dict(), "step": step, "spent": spent, "seen": seen,
            "optimizers": [o.state_dict() for o in optimizers], "chooser": chooser.state_dict(),
        }
        torch.save(state, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
        with open(os.path.join(args.out, "training.json"), "w") as file:
            json.dump({
                "steps": step, "seconds": round(spent), "tokens": seen, "seed": args.seed,
                "parameters": sum(p.numel() for p in model.parameters()), "config": config.to_dict(),
            }, file)

    # A resumed run draws new conversations instead of replaying those it has seen.
    stream = batches(tokenizer, numbers, args.seed + step, args.batch, 512)
    running, last_save, mark = None, time.monotonic(), time.monotonic()
    while True:
        progress = step / args.steps if args.steps else spent / (args.minutes * 60)
        if progress >= 1:
            break
        for optimizer, rate in zip(optimizers, base_rates):
            for group in optimizer.param_groups:
                group["lr"] = rate * schedule(progress)
        x, w, c = next(stream)
        hidden, _ = model.hidden(x[:, :-1])
        # Only positions that carry weight meet the vocabulary: the rest of the product would be thrown away.
        weight = w[:, 1:].reshape(-1)
        chosen = weight.nonzero().squeeze(1)
        logits = model.logits(hidden.reshape(-1, config.hidden_size)[chosen])
        losses = F.cross_entropy(logits, x[:, 1:].reshape(-1)[chosen], reduction="none")
        loss = (losses * weight[chosen]).sum() / weight.sum()
        begun = c[:, :-1].reshape(-1)
        begun_at = (begun >= 0).nonzero().squeeze(1)
        guess = chooser(hidden.reshape(-1, config.hidden_size)[begun_at])
        choice_loss = F.cross_entropy(guess, begun[begun_at], label_smoothing=0.05)
        right = (guess.argmax(1) == begun[begun_at]).float().mean().item()
        for optimizer in optimizers:
            optimizer.zero_grad()
        (loss + CHOICE_WEIGHT * choice_loss).backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        seen += int((x != bpe.PAD).sum())
        now = time.monotonic()
        spent += now - mark
        mark = now
        now_at = torch.tensor([loss.item(), right])
        running = now_at if running is None else 0.98 * running + 0.02 * now_at
        if step % 25 == 0:
            print(f"step {step} min {spent / 60:.1f} loss {running[0]:.3f} choice {running[1]:.3f} tok/s {seen / spent:.0f}", flush=True)
        if now - last_save > args.checkpoint_seconds:
            save()
            last_save = mark = time.monotonic()
    save()
    print(f"done: {step} steps, {seen} tokens, {spent / 60:.1f} min, loss {running if running is None else round(float(running[0]), 3)}", flush=True)


if __name__ == "__main__":
    main()
