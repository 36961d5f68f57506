"""The trained segmenter for export: 1-D convolutions as 2-D ones of height 1, which ONNX Runtime keeps in a
blocked layout, and the class probabilities as output. The same numbers."""

import copy

import torch
from torch import nn

from model import Segmenter


class FlatSegmenter(nn.Module):
    """`[B, L]` to probabilities `[B, 4, L]`."""

    def __init__(self, trained: Segmenter) -> None:
        super().__init__()
        self.network = flatten(copy.deepcopy(trained)).eval()

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return self.network(samples[:, None, None, :]).squeeze(2).softmax(1)


def flatten(module: nn.Module) -> nn.Module:
    for name, child in module.named_children():
        setattr(module, name, flat_one(child))
    return module


def flat_one(module: nn.Module) -> nn.Module:
    if isinstance(module, nn.BatchNorm1d):
        flat = nn.BatchNorm2d(module.num_features)
        flat.load_state_dict(module.state_dict())
        return flat
    if isinstance(module, (nn.Conv1d, nn.ConvTranspose1d)):
        kind = nn.Conv2d if isinstance(module, nn.Conv1d) else nn.ConvTranspose2d
        size, stride, padding = ((1, module.kernel_size[0]), (1, module.stride[0]), (0, module.padding[0]))
        flat = kind(module.in_channels, module.out_channels, size, stride, padding, bias=module.bias is not None)
        flat.weight.data = module.weight.data.unsqueeze(2)
        if module.bias is not None:
            flat.bias.data = module.bias.data
        return flat
    return flatten(module)
