"""MELP's ECG and text sides as modules that export to ONNX; sizes come from the checkpoint."""
import torch
import torch.nn.functional as F
from torch import nn

from attention import QueryPooler
from bert import Bert
from checkpoint import ExportError, part
from resnet import ResNet1d

LAST_PLACE = 127
SENTENCE_END_ID = 18


class MelpEcg(nn.Module):
    """[B, 12, 5000] -> `rhythm` [B, D], `beat_query` [B, Q, D] and, where there is one, `token` [B, T, E]."""

    def __init__(self, backbone, state):
        super().__init__()
        self.backbone = backbone
        self.attn_pool_contrast = QueryPooler.like(part(state, "attn_pool_contrast."))
        dim = self.attn_pool_contrast.query.shape[1]
        self.ln_contrast = nn.LayerNorm(dim)
        self.proj_contrast = nn.Parameter(torch.zeros(dim, dim))
        self.has_tokens = "attn_pool_caption.query" in state
        if self.has_tokens:
            self.attn_pool_caption = QueryPooler.like(part(state, "attn_pool_caption."))
            self.ln_caption = nn.LayerNorm(self.attn_pool_caption.query.shape[1])

    def forward(self, ecg):
        cells = self.backbone(ecg)
        beats = self.ln_contrast(self.attn_pool_contrast(cells)) @ self.proj_contrast
        vectors = (F.normalize(beats.mean(1), dim=-1), F.normalize(beats, dim=-1))
        if not self.has_tokens:
            return vectors
        return *vectors, F.normalize(self.ln_caption(self.attn_pool_caption(cells)), dim=-1)


class ResnetCells(nn.Module):
    """The `resnet18` backbone: [B, 12, samples] -> [B, cells, D]."""

    def __init__(self, state):
        super().__init__()
        self.model = ResNet1d.like(part(state, "model."))
        dim, width, _ = state["downconv.weight"].shape
        self.downconv = nn.Conv1d(width, dim, 1)

    def forward(self, ecg):
        return self.downconv(self.model(ecg)).transpose(1, 2)


class MelpText(nn.Module):
    """ids, mask, types [B, S <= 127] -> the state of the closing [CLS] [B, D] and the sentences [B, S, D].

    [CLS] stands at place 127 whatever S is: places between are padding, which no token looks at. Row k of
    the sentences is the mean over the k-th one, its full stop included, special tokens left out; zeros where
    there are fewer. Text after the last full stop belongs to no sentence.
    """

    def __init__(self, state, config, tokens):
        super().__init__()
        self.bert = Bert.like(state, config, pooler=False)
        places = self.bert.embeddings["position_embeddings"].num_embeddings
        if places <= LAST_PLACE:
            raise ExportError(f"The text side has {places} places: {LAST_PLACE + 1} or more are expected.")
        self.cls_id = tokens["cls"]
        self.register_buffer("special_ids", torch.tensor(sorted(tokens["special"])), persistent=False)

    def forward(self, ids, mask, types):
        batch, count = ids.shape
        closing = torch.full((batch, 1), self.cls_id, dtype=torch.int64)
        positions = torch.cat([torch.arange(count), torch.tensor([LAST_PLACE])]).unsqueeze(0)
        hidden = self.bert(torch.cat([ids, closing], 1), torch.cat([mask, torch.ones_like(closing)], 1),
                           torch.cat([types, torch.zeros_like(closing)], 1), positions, causal=True)
        return hidden[:, -1], self._sentences(ids, hidden[:, :-1])

    def _sentences(self, ids, hidden):
        ends = (ids == SENTENCE_END_ID).long()
        number = torch.cumsum(ends, 1) - ends
        special = (ids.unsqueeze(-1) == self.special_ids).any(-1)
        kept = ~special & (number < ends.sum(1, keepdim=True))
        member = (number.unsqueeze(1) == torch.arange(ids.shape[1]).view(1, -1, 1)) & kept.unsqueeze(1)
        member = member.to(hidden.dtype)
        return member @ hidden / member.sum(-1, keepdim=True).clamp_min(1)
