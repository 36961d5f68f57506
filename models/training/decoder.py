"""The caption decoder: words for an ECG from its rhythm and token vectors alone.

A causal transformer of two layers that reads the 33 vectors (rhythm, then 32 tokens) as memory; because
these are what an archive stores, a stored ECG can be put into words without its samples.
"""
import json
from collections import Counter

import torch
from torch import nn
from torch.nn import functional as F

from model import DIM

SPECIAL = ["[PAD]", "[BOS]", "[EOS]", "[UNK]"]
PAD, BOS, EOS, UNKNOWN = range(4)
MAX_TOKENS = 64


class Layer(nn.Module):
    def __init__(self, width, hidden, heads, dropout):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(3)])
        self.own, self.own_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.query, self.memory, self.cross_out = (nn.Linear(width, width), nn.Linear(DIM, 2 * width),
                                                   nn.Linear(width, width))
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.drop = nn.Dropout(dropout)

    def _attend(self, query, key, value, unread):
        batch, steps, width = query.shape
        q, k, v = (x.reshape(batch, -1, self.heads, width // self.heads).transpose(1, 2) for x in (query, key, value))
        logits = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + unread
        return (torch.softmax(logits, -1) @ v).transpose(1, 2).reshape(batch, steps, width)

    def forward(self, x, memory, later, absent):
        x = x + self.drop(self.own_out(self._attend(*self.own(self.norms[0](x)).chunk(3, -1), later)))
        x = x + self.drop(self.cross_out(self._attend(self.query(self.norms[1](x)),
                                                      *self.memory(memory).chunk(2, -1), absent)))
        return x + self.drop(self.down(F.gelu(self.up(self.norms[2](x)))))


class CaptionDecoder(nn.Module):
    """ids int64 [B,T], memory [B,33,128] (absent cells zeros) -> logits [B,T,V]; position t predicts t+1."""

    def __init__(self, token_count, width=192, hidden=512, heads=4, layers=2, dropout=0.15, cells=33):
        super().__init__()
        self.embedding = nn.Embedding(token_count, width)
        self.position = nn.Parameter(0.02 * torch.randn(1, MAX_TOKENS, width))
        self.cell = nn.Parameter(0.02 * torch.randn(1, cells, DIM))
        self.layers = nn.ModuleList([Layer(width, hidden, heads, dropout) for _ in range(layers)])
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)
        nn.init.normal_(self.embedding.weight, std=0.03)

    def forward(self, ids, memory):
        steps = ids.shape[1]
        x = self.drop(self.embedding(ids) * 4.0 + self.position[:, :steps])
        later = torch.triu(torch.full((steps, steps), -1e4), 1)
        empty = (memory.abs().amax(-1) < 1e-6).to(memory.dtype) * -1e4           # [B, 33]
        memory = memory * DIM ** 0.5 + self.cell[:, :memory.shape[1]]
        for layer in self.layers:
            x = layer(x, memory, later, empty[:, None, None, :])
        return F.linear(self.norm(x), self.embedding.weight)


class CaptionVocabulary:
    """WordPiece pieces seen at least twice in the captions, and every single character seen."""

    def __init__(self, tokenizer, captions):
        self.pre = tokenizer
        counts = Counter(p for c in captions for p in tokenizer.encode(c, add_special_tokens=False).tokens)
        letters = {x for c in captions for w in self._words(c) for i, ch in enumerate(w) for x in ([ch] if i == 0 else ["##" + ch])}
        self.tokens = SPECIAL + sorted({p for p, n in counts.items() if n >= 2} | letters)
        self.ids = {t: i for i, t in enumerate(self.tokens)}

    @classmethod
    def of(cls, tokenizer, tokens):
        """The vocabulary of these pieces, as `tokens` of one made before."""
        made = cls(tokenizer, [])
        made.tokens, made.ids = list(tokens), {t: i for i, t in enumerate(tokens)}
        return made

    def _words(self, text):
        normal = self.pre.normalizer.normalize_str(text.lower())
        return [w for w, _ in self.pre.pre_tokenizer.pre_tokenize_str(normal)]

    def encode(self, text):
        """[BOS] pieces [EOS], at most 64; a word is cut greedily into the longest known pieces."""
        ids = [i for word in self._words(text) for i in self._pieces(word)]
        return [BOS, *ids[:MAX_TOKENS - 2], EOS]

    def _pieces(self, word):
        out, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start and ("##" if start else "") + word[start:end] not in self.ids:
                end -= 1
            if end == start:
                return [UNKNOWN]
            out.append(self.ids[("##" if start else "") + word[start:end]])
            start = end
        return out

    def write(self, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"tokens": self.tokens}, ensure_ascii=False) + "\n", encoding="utf-8")


def padded(sequences):
    out = torch.full((len(sequences), max(map(len, sequences))), PAD, dtype=torch.long)
    for row, ids in enumerate(sequences):
        out[row, :len(ids)] = torch.tensor(ids)
    return out


def caption_loss(decoder, memory, ids, smoothing=0.05):
    """Mean cross-entropy a token of ids [B,T] given memory [B,33,128]."""
    logits = decoder(ids[:, :-1], memory)
    return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=PAD, label_smoothing=smoothing)
