"""The ECG encoder with its 1-D convolutions written as 2-D ones of height 1, for export: the same numbers.

ONNX Runtime keeps 2-D convolutions in a blocked layout (NCHWc) that 1-D ones do not get; measured by
eval/bench/encoder.ts.
"""
import copy

import torch
from torch import nn
from torch.nn import functional as F

from model import LEAD_COUNT, MILLIVOLT_SCALE, EcgEncoder, SqueezeExcite


class FlatSqueezeExcite(SqueezeExcite):
    def forward(self, x):
        gate = torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class FlatEcgEncoder(EcgEncoder):
    """Made from a trained encoder by `flat`; inputs and outputs are the encoder's."""

    def features(self, ecg, lead_mask):
        present = torch.sqrt(LEAD_COUNT / lead_mask.sum(1).clamp_min(1.0)) * MILLIVOLT_SCALE
        y = self.stem(ecg.unsqueeze(2)) * present[:, None, None, None] + self.lead_bias(lead_mask)[:, :, None, None]
        return self.trunk(F.relu(self.stem_norm(y))).squeeze(2)

    def context_cells(self, features):
        return self.context(features.unsqueeze(2)).squeeze(2)


def flat(encoder):
    """A copy of a trained encoder that computes in 2-D."""
    made = copy.deepcopy(encoder)
    made.__class__ = FlatEcgEncoder
    for part in (made.trunk, made.context):
        _convert(part)
    made.stem, made.stem_norm = _flat_one(made.stem), _flat_one(made.stem_norm)
    return made.eval()


def _convert(module):
    for name, child in module.named_children():
        setattr(module, name, _flat_one(child))
        if getattr(module, name) is child:
            _convert(child)


def _flat_one(layer):
    if isinstance(layer, nn.Conv1d):
        made = nn.Conv2d(layer.in_channels, layer.out_channels, (1, *layer.kernel_size), (1, *layer.stride),
                         (0, *layer.padding), (1, *layer.dilation), bias=layer.bias is not None)
        made.load_state_dict({k: v.unsqueeze(2) if k == "weight" else v for k, v in layer.state_dict().items()})
        return made
    if isinstance(layer, nn.BatchNorm1d):
        made = nn.BatchNorm2d(layer.num_features, layer.eps)
        made.load_state_dict(layer.state_dict())
        return made
    if isinstance(layer, nn.AvgPool1d):
        return nn.AvgPool2d((1, *layer.kernel_size))
    if isinstance(layer, SqueezeExcite):
        layer.__class__ = FlatSqueezeExcite
    return layer
