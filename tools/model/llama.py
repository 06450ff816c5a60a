"""The decoder: Llama's architecture (RMSNorm, RoPE, grouped-query attention, SwiGLU, tied embeddings) in plain PyTorch."""
import math
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass
class Config:
    vocab_size: int = 2048
    hidden_size: int = 192
    layers: int = 4
    heads: int = 6
    kv_heads: int = 2
    intermediate_size: int = 512
    max_positions: int = 1024
    rope_theta: float = 10000.0
    norm_eps: float = 1e-5
    dropout: float = 0.0  # while training, on what each block adds

    @property
    def head_dim(self):
        return self.hidden_size // self.heads

    def to_dict(self):
        return asdict(self)


def rope_tables(config, length):
    """cos and sin of Llama's rotary embedding, shape [length, head_dim]: the two halves of a head rotate together."""
    half = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
    angles = torch.outer(torch.arange(length, dtype=torch.float64), config.rope_theta ** -half)
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos().float(), angles.sin().float()


def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        size, kv = config.hidden_size, config.kv_heads * config.head_dim
        self.attention_norm = RMSNorm(size, config.norm_eps)
        self.q = nn.Linear(size, size, bias=False)
        self.k = nn.Linear(size, kv, bias=False)
        self.v = nn.Linear(size, kv, bias=False)
        self.o = nn.Linear(size, size, bias=False)
        self.mlp_norm = RMSNorm(size, config.norm_eps)
        self.gate = nn.Linear(size, config.intermediate_size, bias=False)
        self.up = nn.Linear(size, config.intermediate_size, bias=False)
        self.down = nn.Linear(config.intermediate_size, size, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x, cos, sin, mask, past=None):
        c = self.config
        batch, length, _ = x.shape
        h = self.attention_norm(x)
        q = self.q(h).view(batch, length, c.heads, c.head_dim).transpose(1, 2)
        k = self.k(h).view(batch, length, c.kv_heads, c.head_dim).transpose(1, 2)
        v = self.v(h).view(batch, length, c.kv_heads, c.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
        # The query heads of one group sit side by side in a single matrix product with their shared key head.
        group = c.heads // c.kv_heads
        q = q.reshape(batch, c.kv_heads, group * length, c.head_dim)
        scores = (q @ k.transpose(-1, -2)) * (1 / math.sqrt(c.head_dim))
        scores = scores.view(batch, c.kv_heads, group, length, -1) + mask
        weights = F.softmax(scores, dim=-1).view(batch, c.kv_heads, group * length, -1)
        out = (weights @ v).view(batch, c.heads, length, c.head_dim).transpose(1, 2).reshape(batch, length, -1)
        x = x + self.dropout(self.o(out))
        h = self.mlp_norm(x)
        return x + self.dropout(self.down(F.silu(self.gate(h)) * self.up(h))), (k, v)


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.hidden_size, config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)
        cos, sin = rope_tables(config, config.max_positions)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        nn.init.normal_(self.embed.weight, std=0.02)
        for block in self.blocks:
            for linear in (block.q, block.k, block.v, block.gate, block.up):
                nn.init.normal_(linear.weight, std=config.hidden_size ** -0.5)
            for linear in (block.o, block.down):
                nn.init.normal_(linear.weight, std=0.02 / math.sqrt(2 * config.layers))

    def hidden(self, ids, past=None):
        """Final hidden states and the key/value cache. Right padding needs no mask: attention is causal."""
        length = ids.shape[1]
        before = 0 if past is None else past[0][0].shape[2]
        mask = torch.full((length, before + length), float("-inf")).triu(before + 1)
        cos, sin = self.cos[before:before + length], self.sin[before:before + length]
        x, cache = self.dropout(self.embed(ids)), []
        for index, block in enumerate(self.blocks):
            x, kept = block(x, cos, sin, mask, None if past is None else past[index])
            cache.append(kept)
        return self.norm(x), cache

    def logits(self, hidden):
        return hidden @ self.embed.weight.t()

    @torch.no_grad()
    def greedy(self, ids, limit, stop):
        """Token ids the model adds to ids by always taking the likeliest, up to limit or the stop token."""
        out, past, step = [], None, torch.tensor([ids])
        while len(out) < limit:
            hidden, past = self.hidden(step, past)
            token = int(self.logits(hidden[:, -1]).argmax())
            if token == stop:
                break
            out.append(token)
            step = torch.tensor([[token]])
        return out
