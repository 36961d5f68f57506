"""BERT (Devlin et al. 2019) as plain matrix products: both directions (MERL) or causal (MELP).

Parameter names are those of Hugging Face's BertModel; sizes come from the checkpoint, the head count and the
norm's epsilon from the text model's config.json.
"""
import torch
import torch.nn.functional as F
from torch import nn

from attention import attend
from checkpoint import ExportError, count_blocks

NEVER = -1e9


class Layer(nn.Module):
    def __init__(self, dim, hidden, heads, epsilon):
        super().__init__()
        self.heads = heads
        self.attention = nn.ModuleDict({
            "self": nn.ModuleDict({name: nn.Linear(dim, dim) for name in ("query", "key", "value")}),
            "output": nn.ModuleDict({"dense": nn.Linear(dim, dim), "LayerNorm": nn.LayerNorm(dim, epsilon)})})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(dim, hidden)})
        self.output = nn.ModuleDict({"dense": nn.Linear(hidden, dim),
                                     "LayerNorm": nn.LayerNorm(dim, epsilon)})

    def forward(self, x, bias):
        inner, outer = self.attention["self"], self.attention["output"]
        mixed, _ = attend(inner["query"](x), inner["key"](x), inner["value"](x), self.heads, bias)
        x = outer["LayerNorm"](x + outer["dense"](mixed))
        return self.output["LayerNorm"](x + self.output["dense"](F.gelu(self.intermediate["dense"](x))))


class Bert(nn.Module):
    """ids, mask, types, positions int64 [B, S] -> last hidden states [B, S, D]."""

    def __init__(self, vocabulary, places, dim, hidden, depth, heads, epsilon=1e-12, pooler=False):
        super().__init__()
        self.embeddings = nn.ModuleDict({
            "word_embeddings": nn.Embedding(vocabulary, dim),
            "position_embeddings": nn.Embedding(places, dim),
            "token_type_embeddings": nn.Embedding(2, dim), "LayerNorm": nn.LayerNorm(dim, epsilon)})
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(dim, hidden, heads, epsilon)
                                                             for _ in range(depth))})
        if pooler:
            self.pooler = nn.ModuleDict({"dense": nn.Linear(dim, dim)})

    def forward(self, ids, mask, types, positions, causal=False):
        tables = self.embeddings
        x = tables["LayerNorm"](tables["word_embeddings"](ids) + tables["position_embeddings"](positions)
                                + tables["token_type_embeddings"](types))
        allowed = (mask > 0)[:, None, None, :]
        if causal:
            order = torch.arange(ids.shape[1], device=ids.device)
            allowed = allowed & (order[None, :] <= order[:, None])[None, None]
        bias = torch.where(allowed, 0.0, NEVER)
        for layer in self.encoder["layer"]:
            x = layer(x, bias)
        return x

    @classmethod
    def like(cls, state, config, pooler):
        """A BERT of the sizes that a checkpoint part has; `config` is the text model's config.json."""
        depth = count_blocks(state, "encoder.layer.{}.intermediate.dense.weight")
        if depth == 0:
            raise ExportError("There is no BERT: encoder.layer.0.intermediate.dense.weight is missing.")
        if config.get("hidden_act", "gelu") != "gelu":
            raise ExportError(f"config.json says hidden_act {config['hidden_act']}: gelu is expected.")
        vocabulary, dim = state["embeddings.word_embeddings.weight"].shape
        hidden = state["encoder.layer.0.intermediate.dense.weight"].shape[0]
        heads = config.get("num_attention_heads")
        if not isinstance(heads, int) or dim % heads != 0:
            raise ExportError(f"config.json says {heads} attention heads: a divisor of {dim} is expected.")
        places = state["embeddings.position_embeddings.weight"].shape[0]
        epsilon = config.get("layer_norm_eps", 1e-12)
        return cls(vocabulary, places, dim, hidden, depth, heads, epsilon, pooler)
