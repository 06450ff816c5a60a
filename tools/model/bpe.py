"""Byte-level BPE: trainer, encoder, decoder and writer of Hugging Face `tokenizer.json`.

The pre-tokenizer is one regular expression that means the same in Python and in JavaScript, so that the
tokens the model is trained on are the tokens transformers.js will produce.
"""
import json
import re
from collections import Counter, defaultdict

# Order matters: the name of the toolchain stays one piece, words take one leading space, digits stand alone.
PATTERN = (
    r" ?0[gG](?![A-Za-z0-9])"
    r"| ?[A-Za-z]+(?:'[A-Za-z]+)?"
    r"| ?[0-9]"
    r"| ?[^A-Za-z0-9 \t\r\n]+"
    r"|[ \t\r\n]+(?![^ \t\r\n])"
    r"|[ \t\r\n]+"
)
SPECIAL = ["<|pad|>", "<|bos|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
PAD, BOS, END, SYSTEM, USER, ASSISTANT = range(6)


def byte_alphabet():
    """The printable stand-in for every byte, as GPT-2 and every ByteLevel tokenizer since define it."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, spare = {}, 0
    for byte in range(256):
        if byte in keep:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + spare)
            spare += 1
    return table


BYTE_TO_CHAR = byte_alphabet()
CHAR_TO_BYTE = {char: byte for byte, char in BYTE_TO_CHAR.items()}


def to_chars(text):
    return "".join(BYTE_TO_CHAR[b] for b in text.encode("utf-8"))


def train(texts, vocab_size):
    """Learns merges from texts; ties go to the lexically smaller pair, so the result depends on the texts alone."""
    counts = Counter(piece for text in texts for piece in re.findall(PATTERN, text))
    words = [list(to_chars(piece)) for piece in counts]
    weight = list(counts.values())
    pairs, where = Counter(), defaultdict(set)
    for index, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += weight[index]
            where[pair].add(index)
    merges = []
    while len(merges) < vocab_size - 256 - len(SPECIAL):
        if not pairs:
            break
        best = min(pairs.items(), key=lambda item: (-item[1], item[0]))[0]
        if pairs[best] < 2:
            break
        merges.append(best)
        for index in list(where[best]):
            word = words[index]
            for pair in zip(word, word[1:]):
                pairs[pair] -= weight[index]
                if pairs[pair] <= 0:
                    del pairs[pair]
                where[pair].discard(index)
            merged, i = [], 0
            while i < len(word):
                if i + 1 < len(word) and (word[i], word[i + 1]) == best:
                    merged.append(word[i] + word[i + 1])
                    i += 2
                else:
                    merged.append(word[i])
                    i += 1
            words[index] = merged
            for pair in zip(merged, merged[1:]):
                pairs[pair] += weight[index]
                where[pair].add(index)
    return merges


class Tokenizer:
    """Encodes and decodes with a list of merges; special tokens are never produced from text."""

    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.rank = {pair: i for i, pair in enumerate(self.merges)}
        self.tokens = SPECIAL + [BYTE_TO_CHAR[b] for b in range(256)] + [a + b for a, b in self.merges]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.cache = {}

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file)["model"]["merges"])

    def piece(self, text):
        known = self.cache.get(text)
        if known is not None:
            return known
        word = list(to_chars(text))
        while len(word) > 1:
            best = min(zip(word, word[1:]), key=lambda pair: self.rank.get(pair, 1 << 30))
            if best not in self.rank:
                break
            merged, i = [], 0
            while i < len(word):
                if i + 1 < len(word) and (word[i], word[i + 1]) == best:
                    merged.append(word[i] + word[i + 1])
                    i += 2
                else:
                    merged.append(word[i])
                    i += 1
            word = merged
        result = [self.ids[t] for t in word]
        self.cache[text] = result
        return result

    def encode(self, text):
        return [i for piece in re.findall(PATTERN, text) for i in self.piece(piece)]

    def decode(self, ids):
        chars = "".join(self.tokens[i] for i in ids if i >= len(SPECIAL))
        return bytes(CHAR_TO_BYTE[c] for c in chars).decode("utf-8", "replace")

    def save(self, path):
        """Writes `tokenizer.json` in the layout of the Hugging Face tokenizers library."""
        spec = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {
                    "id": i, "content": token, "single_word": False, "lstrip": False,
                    "rstrip": False, "normalized": False, "special": True,
                }
                for i, token in enumerate(SPECIAL)
            ],
            "normalizer": None,
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False},
                    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
                ],
            },
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                "vocab": {token: i for i, token in enumerate(self.tokens)},
                "merges": [list(pair) for pair in self.merges],
            },
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(spec, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")
