"""Multi-head attention and the two poolers built on it, as plain matrix products: they trace to ONNX as such.

MERL's pooler: a class token asks all time cells. MELP's pooler: learned queries ask them (as in CoCa).
Parameter names are those of the official checkpoints.
"""
import torch
import torch.nn.functional as F
from torch import nn

MERL_POOL_HEADS = 4
MELP_POOL_HEADS = 8


def attend(query, key, value, heads, bias=None):
    """[B, Q, D], [B, K, D] twice -> [B, Q, D] and weights [B, heads, Q, K]; `bias` is added to the scores."""
    batch, query_count, dim = query.shape
    size = dim // heads

    def split(x):
        return x.reshape(batch, x.shape[1], heads, size).transpose(1, 2)
    scores = split(query) @ split(key).transpose(2, 3) * size ** -0.5
    weights = torch.softmax(scores if bias is None else scores + bias, dim=-1)
    return (weights @ split(value)).transpose(1, 2).reshape(batch, query_count, dim), weights


def multi_head(parameters, query, context):
    """Runs the parameters of an nn.MultiheadAttention: [B, Q, D] and the head-averaged weights [B, Q, K]."""
    if parameters._qkv_same_embed_dim:
        to_query, to_key, to_value = parameters.in_proj_weight.chunk(3)
    else:
        to_query, to_key = parameters.q_proj_weight, parameters.k_proj_weight
        to_value = parameters.v_proj_weight
    query_bias, key_bias, value_bias = parameters.in_proj_bias.chunk(3)
    mixed, weights = attend(F.linear(query, to_query, query_bias), F.linear(context, to_key, key_bias),
                            F.linear(context, to_value, value_bias), parameters.num_heads)
    return parameters.out_proj(mixed), weights.mean(1)


class ClassTokenPooler(nn.Module):
    """MERL: [B, D, cells] -> [B, D] and how much each cell counted, [B, cells], summing to 1."""

    def __init__(self, cells, dim):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.zeros(1, cells + 1, dim))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.mhsa = nn.MultiheadAttention(dim, MERL_POOL_HEADS, batch_first=True)
        self.c_proj = nn.Linear(dim, dim)

    def forward(self, features):
        cells = features.transpose(1, 2)
        # The official code adds the class token's position twice; its weights were trained so.
        first = (self.cls_token + self.positional_embedding[:, :1]).expand(cells.shape[0], -1, -1)
        tokens = torch.cat([first, cells], 1) + self.positional_embedding
        pooled, weights = multi_head(self.mhsa, tokens[:, :1], tokens)
        on_cells = weights[:, 0, 1:]
        return self.c_proj(pooled)[:, 0], on_cells / on_cells.sum(1, keepdim=True)


class QueryPooler(nn.Module):
    """MELP: [B, cells, C] -> [B, queries, D]."""

    def __init__(self, queries, dim, context_dim):
        super().__init__()
        self.query = nn.Parameter(torch.zeros(queries, dim))
        self.attn = nn.MultiheadAttention(dim, MELP_POOL_HEADS, kdim=context_dim, vdim=context_dim,
                                          batch_first=True)
        self.ln_q = nn.LayerNorm(dim)
        self.ln_k = nn.LayerNorm(context_dim)

    def forward(self, cells):
        query = self.ln_q(self.query).unsqueeze(0).expand(cells.shape[0], -1, -1)
        return multi_head(self.attn, query, self.ln_k(cells))[0]

    @classmethod
    def like(cls, state):
        """A pooler of the sizes that a checkpoint part has."""
        queries, dim = state["query"].shape
        return cls(queries, dim, state["ln_k.weight"].shape[0])
