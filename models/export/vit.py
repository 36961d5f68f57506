"""MERL's 1-D vision transformer: [B, 12, 5000] -> [B, D], the mean over patches of 50 samples, normed.

Pre-norm blocks, heads 64 wide, learned positions, no class token. Sizes come from the checkpoint.
"""
import torch
from torch import nn

from attention import attend
from checkpoint import ExportError, count_blocks

HEAD_WIDTH = 64


class SelfAttention(nn.Module):
    def __init__(self, dim, inner):
        super().__init__()
        self.heads = inner // HEAD_WIDTH
        self.to_qkv = nn.Linear(dim, 3 * inner)
        self.to_out = nn.Sequential(nn.Linear(inner, dim))

    def forward(self, x):
        return self.to_out(attend(*self.to_qkv(x).chunk(3, dim=-1), self.heads)[0])


class FeedForward(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        # Dropout layers hold places 2 and 4 in the official sequence, so that the second product is `net.3`.
        self.net = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Identity(), nn.Linear(hidden, dim))

    def forward(self, x):
        return self.net(x)


class Residual(nn.Module):
    def __init__(self, dim, inner):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fn = inner

    def forward(self, x):
        return x + self.fn(self.norm(x))


class Block(nn.Module):
    def __init__(self, dim, inner, hidden):
        super().__init__()
        self.attn = Residual(dim, SelfAttention(dim, inner))
        self.ff = Residual(dim, FeedForward(dim, hidden))

    def forward(self, x):
        return self.ff(self.attn(x))


class Vit1d(nn.Module):
    def __init__(self, leads, patch, patches, dim, depth, inner, hidden):
        super().__init__()
        self.to_patch_embedding = nn.Conv1d(leads, dim, patch, patch, bias=False)
        self.pos_embedding = nn.Parameter(torch.zeros(1, patches, dim))
        self.depth = depth
        for number in range(depth):
            setattr(self, f"block{number}", Block(dim, inner, hidden))
        self.norm = nn.LayerNorm(dim)

    def forward(self, ecg):
        x = self.to_patch_embedding(ecg).transpose(1, 2) + self.pos_embedding
        for number in range(self.depth):
            x = getattr(self, f"block{number}")(x)
        return self.norm(x.mean(1))

    @classmethod
    def like(cls, state):
        """A network of the sizes that a checkpoint part has."""
        depth = count_blocks(state, "block{}.attn.fn.to_qkv.weight")
        if depth == 0 or "to_patch_embedding.weight" not in state:
            raise ExportError("The ECG encoder is no ViT: block0.attn.fn.to_qkv.weight is missing.")
        dim, leads, patch = state["to_patch_embedding.weight"].shape
        inner = state["block0.attn.fn.to_qkv.weight"].shape[0] // 3
        hidden = state["block0.ff.fn.net.0.weight"].shape[0]
        return cls(leads, patch, state["pos_embedding"].shape[1], dim, depth, inner, hidden)
