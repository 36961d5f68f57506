"""The segmenter: a small 1D U-Net, one lead in, a class a sample out.

After Moskalenko, Zolotykh and Osipov 2019 (arXiv 1912.04852), narrowed until 12 leads of 10 s cost
milliseconds on one core: the first layer halves the rate, skips are added, the last layer gives two samples
at a time.
"""

import torch
from torch import nn

CLASSES = ("none", "p", "qrs", "t")
WIDTHS = (16, 32, 48, 64, 96)
STRIDE = 2 ** len(WIDTHS)
"""Lengths are multiples of this."""


def block(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv1d(inputs, outputs, size, stride, padding=size // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs), nn.ReLU())


class Segmenter(nn.Module):
    """`[B, 1, L]`, normalised samples at 250 Hz, to logits `[B, 4, L]`; L is a multiple of STRIDE."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        shallow, deep = widths[:-1], widths[1:]
        inputs = (1, *shallow)
        self.down = nn.ModuleList(block(i, o, 9 if i == 1 else 5, 2) for i, o in zip(inputs, widths))
        self.same = nn.ModuleList(block(width, width, 5) for width in widths)
        self.up = nn.ModuleList(nn.ConvTranspose1d(d, s, 2, 2) for s, d in zip(shallow, deep))
        self.join = nn.ModuleList(block(width, width, 5) for width in shallow)
        self.last = nn.ConvTranspose1d(widths[0], len(CLASSES), 4, 2, padding=1)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        skips = []
        features = samples
        for down, same in zip(self.down, self.same):
            features = same(down(features))
            skips.append(features)
        for level in reversed(range(len(self.up))):
            features = self.join[level](self.up[level](features) + skips[level])
        return self.last(features)
