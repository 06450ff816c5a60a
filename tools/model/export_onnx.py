"""Writes a checkpoint as a model folder in the Hugging Face layout, with int8 weights in one ONNX graph.

    python3 export_onnx.py --build build --out ../../models/og-tiny

The graph uses standard operators only (opset 17). Weights are int8 with one scale per output channel and are
turned back to float32 by Cast and Mul nodes that onnxruntime folds away when it loads the graph: the file is small,
the arithmetic is plain float32, and the answer does not depend on how activations would have been quantised.
"""
import argparse
import json
import os
import shutil

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import bpe
from llama import Config, rope_tables

# The template escapes control tokens a message may contain, so that no message can pose as another role.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% set role = message['role'] if message['role'] in ['system', 'assistant'] else 'user' %}"
    "{{ '<|' + role + '|>' + message['content'] | replace('<|', '< |') | trim + '<|end|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def quantise(matrix, axis):
    """int8 values and float32 scales so that values * scales is close to matrix; one scale per index of axis."""
    other = 1 - axis
    scale = np.abs(matrix).max(axis=other, keepdims=True) / 127
    scale = np.maximum(scale, 1e-8).astype(np.float32)
    return np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8), scale


class Graph:
    """A small writer of ONNX nodes: every call adds a node and returns the name of its output."""

    def __init__(self):
        self.nodes, self.weights, self.count = [], [], 0

    def constant(self, array, name=None):
        if name is None:
            self.count += 1
            name = f"const_{self.count}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def ints(self, *values):
        return self.constant(np.array(values, dtype=np.int64))

    def op(self, kind, *inputs, outputs=1, name=None, **attributes):
        self.count += 1
        if name:
            names = [name]
        else:
            names = [f"{kind.lower()}_{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"{kind}_{self.count}", **attributes))
        return names[0] if outputs == 1 else names

    def int8(self, name, matrix):
        """A matrix [in, out] held as int8 with a scale per output."""
        values, scale = quantise(matrix, axis=1)
        floats = self.op("Cast", self.constant(values, name), to=TensorProto.FLOAT)
        return self.op("Mul", floats, self.constant(scale, f"{name}.scale"))


def build_graph(config, weights):
    g = Graph()
    c = config
    group = c.heads // c.kv_heads

    def norm(x, weight, name):
        mean = g.op("ReduceMean", g.op("Pow", x, two), axes=[-1], keepdims=1)
        scaled = g.op("Div", x, g.op("Sqrt", g.op("Add", mean, eps)))
        return g.op("Mul", scaled, g.constant(weight, name))

    two = g.constant(np.array(2.0, dtype=np.float32))
    eps = g.constant(np.array(c.norm_eps, dtype=np.float32))
    one = g.ints(1)

    length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2))
    total = g.op("Slice", g.op("Shape", "attention_mask"), g.ints(1), g.ints(2))
    start = g.op("Squeeze", g.op("Sub", total, length))
    end = g.op("Squeeze", total)
    zero = g.constant(np.array(0, dtype=np.int64))
    step = g.constant(np.array(1, dtype=np.int64))
    rows = g.op("Unsqueeze", g.op("Range", start, end, step), g.ints(1))
    columns = g.op("Unsqueeze", g.op("Range", zero, end, step), g.ints(0))
    causal = g.op("LessOrEqual", columns, rows)
    present = g.op("Unsqueeze", g.op("Cast", "attention_mask", to=TensorProto.BOOL), one)
    allowed = g.op("And", g.op("Unsqueeze", causal, g.ints(0)), present)
    mask = g.op(
        "Where", g.op("Unsqueeze", allowed, g.ints(1, 2)),
        g.constant(np.array(0.0, dtype=np.float32)), g.constant(np.array(-1e9, dtype=np.float32)),
    )
    grouped = g.op("Concat", g.ints(0, c.kv_heads, group), length, total, axis=0)
    flat = g.op("Concat", g.ints(0, c.kv_heads, -1), total, axis=0)
    heads_shape = g.ints(0, -1, c.heads + 2 * c.kv_heads, c.head_dim)
    query_shape = g.ints(0, c.kv_heads, -1, c.head_dim)
    back_shape = g.ints(0, c.heads, -1, c.head_dim)
    merged_shape = g.ints(0, -1, c.hidden_size)

    cos, sin = (table.numpy() for table in rope_tables(c, c.max_positions))
    half = c.head_dim // 2
    cos = g.op("Unsqueeze", g.op("Gather", g.constant(cos[:, :half], "rope.cos"), "position_ids"), one)
    sin = g.op("Unsqueeze", g.op("Gather", g.constant(sin[:, :half], "rope.sin"), "position_ids"), one)

    values, scale = quantise(weights["embed.weight"], axis=0)
    embed, embed_scale = g.constant(values, "embed"), g.constant(scale, "embed.scale")
    x = g.op(
        "Mul", g.op("Cast", g.op("Gather", embed, "input_ids"), to=TensorProto.FLOAT), g.op("Gather", embed_scale, "input_ids")
    )

    for i in range(c.layers):
        w = {k.split(".", 2)[2]: v for k, v in weights.items() if k.startswith(f"blocks.{i}.")}
        h = norm(x, w["attention_norm.weight"], f"layer{i}.attention_norm")
        # 1/sqrt(head_dim) is folded into the query weights.
        qkv = np.concatenate([w["q.weight"] / np.sqrt(c.head_dim), w["k.weight"], w["v.weight"]], axis=0).T
        heads = g.op("Reshape", g.op("MatMul", h, g.int8(f"layer{i}.qkv", qkv.astype(np.float32))), heads_shape)
        heads = g.op("Transpose", heads, perm=[0, 2, 1, 3])
        qk, v = g.op("Split", heads, g.ints(c.heads + c.kv_heads, c.kv_heads), outputs=2, axis=1)
        first, second = g.op("Split", qk, g.ints(half, half), outputs=2, axis=3)
        qk = g.op(
            "Concat",
            g.op("Sub", g.op("Mul", first, cos), g.op("Mul", second, sin)),
            g.op("Add", g.op("Mul", second, cos), g.op("Mul", first, sin)),
            axis=3,
        )
        q, k = g.op("Split", qk, g.ints(c.heads, c.kv_heads), outputs=2, axis=1)
        k = g.op("Concat", f"past_key_values.{i}.key", k, axis=2, name=f"present.{i}.key")
        v = g.op("Concat", f"past_key_values.{i}.value", v, axis=2, name=f"present.{i}.value")
        scores = g.op("MatMul", g.op("Reshape", q, query_shape), g.op("Transpose", k, perm=[0, 1, 3, 2]))
        scores = g.op("Add", g.op("Reshape", scores, grouped), mask)
        attention = g.op("Reshape", g.op("Softmax", scores, axis=-1), flat)
        out = g.op("Reshape", g.op("MatMul", attention, v), back_shape)
        out = g.op("Reshape", g.op("Transpose", out, perm=[0, 2, 1, 3]), merged_shape)
        x = g.op("Add", x, g.op("MatMul", out, g.int8(f"layer{i}.o", w["o.weight"].T)))
        h = norm(x, w["mlp_norm.weight"], f"layer{i}.mlp_norm")
        wide = np.concatenate([w["gate.weight"], w["up.weight"]], axis=0).T
        gate, up = g.op(
            "Split", g.op("MatMul", h, g.int8(f"layer{i}.gate_up", wide)),
            g.ints(c.intermediate_size, c.intermediate_size), outputs=2, axis=2,
        )
        h = g.op("Mul", g.op("Mul", gate, g.op("Sigmoid", gate)), up)
        x = g.op("Add", x, g.op("MatMul", h, g.int8(f"layer{i}.down", w["down.weight"].T)))

    h = norm(x, weights["norm.weight"], "norm")
    head = g.op("Transpose", g.op("Mul", g.op("Cast", embed, to=TensorProto.FLOAT), embed_scale), perm=[1, 0])
    g.op("MatMul", h, head, name="logits")

    cache_in = ["batch", c.kv_heads, "past_length", c.head_dim]
    cache_out = ["batch", c.kv_heads, "total_length", c.head_dim]
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"]),
        helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "total_length"]),
        helper.make_tensor_value_info("position_ids", TensorProto.INT64, ["batch", "length"]),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "length", c.vocab_size])]
    for i in range(c.layers):
        for part in ("key", "value"):
            inputs.append(helper.make_tensor_value_info(f"past_key_values.{i}.{part}", TensorProto.FLOAT, cache_in))
            outputs.append(helper.make_tensor_value_info(f"present.{i}.{part}", TensorProto.FLOAT, cache_out))
    graph = helper.make_graph(g.nodes, "og-tiny", inputs, outputs, g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="og-tiny")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")


VECTOR_TEXTS = [
    "How do I start a devnet?", "hi", " leading and  double  spaces ", "line\n\nline\tend\n", "`0g storage put model.onnx`",
    "0g 0G 0gx x0g 10g", "don't I'm o'clock's", "naïve", "– 零重", "🙂", "0x9fE46736", "",
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    saved = torch.load(os.path.join(args.build, "checkpoint.pt"))
    config = Config(**saved["config"])
    weights = {name: tensor.numpy() for name, tensor in saved["model"].items()}
    os.makedirs(os.path.join(args.out, "onnx"), exist_ok=True)
    onnx.save(build_graph(config, weights), os.path.join(args.out, "onnx", "model_quantized.onnx"))
    shutil.copyfile(os.path.join(args.build, "tokenizer.json"), os.path.join(args.out, "tokenizer.json"))
    write_json(os.path.join(args.out, "config.json"), {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "max_position_embeddings": config.max_positions,
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rope_theta,
        "rope_scaling": None,
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "use_cache": True,
        "bos_token_id": bpe.BOS,
        "eos_token_id": bpe.END,
        "pad_token_id": bpe.PAD,
        "torch_dtype": "float32",
        "transformers.js_config": {"dtype": "q8"},
    })
    write_json(os.path.join(args.out, "generation_config.json"), {
        "bos_token_id": bpe.BOS, "eos_token_id": bpe.END, "pad_token_id": bpe.PAD,
        "do_sample": False, "max_new_tokens": 128,
    })
    write_json(os.path.join(args.out, "tokenizer_config.json"), {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|bos|>", "eos_token": "<|end|>", "pad_token": "<|pad|>",
        "additional_special_tokens": ["<|system|>", "<|user|>", "<|assistant|>"],
        "add_bos_token": False, "add_eos_token": False, "clean_up_tokenization_spaces": False,
        "model_max_length": config.max_positions,
        "padding_side": "left",
        "chat_template": CHAT_TEMPLATE,
    })
    tokenizer = bpe.Tokenizer.load(os.path.join(args.out, "tokenizer.json"))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "token-vectors.json"), "w", encoding="utf-8") as file:
        rows = [json.dumps([text, tokenizer.encode(text)], ensure_ascii=False) for text in VECTOR_TEXTS]
        file.write("[\n  " + ",\n  ".join(rows) + "\n]\n")
    size = os.path.getsize(os.path.join(args.out, "onnx", "model_quantized.onnx"))
    print(f"{sum(w.size for w in weights.values())} parameters, {size} bytes of ONNX")


if __name__ == "__main__":
    main()
