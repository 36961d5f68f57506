"""ECG-FM's backbone (wav2vec 2.0 with CMSC; fairseq-signals) as MELP uses it, features only, no masking.

[B, 12, samples] -> four strided convolutions, GELU (group norm per channel after the first) -> layer norm ->
width of the transformer -> + convolutional positions (weight-normed, grouped) -> layer norm -> post-norm
transformer layers -> [B, samples / 16, D]. What only pre-training needs (quantiser, mask) is left aside.
"""
import torch
import torch.nn.functional as F
from torch import nn

from attention import attend
from checkpoint import ExportError, count_blocks

HEAD_WIDTH = 64
WEIGHT_NORM = "conv_pos.pos_conv.0."


class ConvStage(nn.Module):
    """Kernel = stride, no bias, no overlap. Places 0 (conv) and 2 (norm) as in the official sequence."""

    def __init__(self, channels_in, channels, kernel, normed):
        super().__init__()
        layers = [nn.Conv1d(channels_in, channels, kernel, kernel, bias=False), nn.Identity(),
                  nn.GroupNorm(channels, channels) if normed else nn.Identity(), nn.GELU()]
        for place, layer in enumerate(layers):
            self.add_module(str(place), layer)

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.heads = max(1, dim // HEAD_WIDTH)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(dim, dim))

    def forward(self, x):
        return self.out_proj(attend(self.q_proj(x), self.k_proj(x), self.v_proj(x), self.heads)[0])


class Layer(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.self_attn = SelfAttention(dim)
        self.self_attn_layer_norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)
        self.final_layer_norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = self.self_attn_layer_norm(x + self.self_attn(x))
        return self.final_layer_norm(x + self.fc2(F.gelu(self.fc1(x))))


class Encoder(nn.Module):
    def __init__(self, dim, hidden, depth):
        super().__init__()
        self.layers = nn.ModuleList(Layer(dim, hidden) for _ in range(depth))
        self.layer_norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = self.layer_norm(x)
        for layer in self.layers:
            x = layer(x)
        return x


class EcgFm(nn.Module):
    def __init__(self, leads, stages, dim, hidden, depth, position_kernel, position_groups):
        """`stages`: (channels, kernel) of each convolution."""
        super().__init__()
        channels = [leads, *(width for width, _ in stages)]
        self.feature_extractor = nn.Module()
        self.feature_extractor.conv_layers = nn.ModuleList(
            ConvStage(channels[i], channels[i + 1], kernel, normed=i == 0)
            for i, (_, kernel) in enumerate(stages))
        self.layer_norm = nn.LayerNorm(channels[-1])
        self.post_extract_proj = nn.Identity() if channels[-1] == dim else nn.Linear(channels[-1], dim)
        self.position = nn.Conv1d(dim, dim, position_kernel, padding=position_kernel // 2,
                                  groups=position_groups)
        self.encoder = Encoder(dim, hidden, depth)

    def forward(self, ecg):
        x = ecg
        for stage in self.feature_extractor.conv_layers:
            x = stage(x)
        x = self.post_extract_proj(self.layer_norm(x.transpose(1, 2)))
        # An even kernel gives one cell too many at the end.
        position = F.gelu(self.position(x.transpose(1, 2))[:, :, :x.shape[1]]).transpose(1, 2)
        return self.encoder(x + position)

    @classmethod
    def like(cls, state):
        """A network of the sizes that `fuse_positions(state)` has."""
        depth = count_blocks(state, "encoder.layers.{}.fc1.weight")
        stage_count = count_blocks(state, "feature_extractor.conv_layers.{}.0.weight")
        if depth == 0 or stage_count == 0:
            raise ExportError(f"ECG-FM has {stage_count} convolutions, {depth} layers: 1 or more expected.")
        kernels = [state[f"feature_extractor.conv_layers.{i}.0.weight"] for i in range(stage_count)]
        hidden, dim = state["encoder.layers.0.fc1.weight"].shape
        _, group_width, position_kernel = state["position.weight"].shape
        return cls(kernels[0].shape[1], [(k.shape[0], k.shape[2]) for k in kernels], dim, hidden, depth,
                   position_kernel, dim // group_width)


def fuse_positions(state):
    """The part with the weight-normed positional convolution as one weight (norm over axes 0 and 1)."""
    named = {name: value for name, value in state.items() if not name.startswith(WEIGHT_NORM)}
    scale = _either(state, "parametrizations.weight.original0", "weight_g")
    direction = _either(state, "parametrizations.weight.original1", "weight_v")
    length = torch.linalg.vector_norm(direction.double(), dim=(0, 1), keepdim=True)
    if scale.shape != length.shape:
        raise ExportError(f"conv_pos has a weight scale of shape {tuple(scale.shape)}, "
                          f"expected {tuple(length.shape)}.")
    named["position.weight"] = (direction.double() * scale.double() / length).float()
    named["position.bias"] = _either(state, "bias")
    return named


def _either(state, *names):
    for name in names:
        if WEIGHT_NORM + name in state:
            return state[WEIGHT_NORM + name]
    raise ExportError(f"{WEIGHT_NORM}{names[0]} is missing from the ECG-FM backbone.")
