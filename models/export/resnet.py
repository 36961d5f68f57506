"""The 1-D ResNet of MERL and of MELP's `resnet18`: [B, 12, samples] -> [B, C, samples / 16].

Basic blocks without the max pool of image ResNets: the stem halves the rate, stages 2 to 4 halve it again.
Widths and block counts come from the checkpoint; the classifier that the official class carries is not used.
"""
from torch import nn

from checkpoint import ExportError, count_blocks

SAMPLES_PER_CELL = 16


class Block(nn.Module):
    def __init__(self, width_in, width, stride):
        super().__init__()
        self.conv1 = nn.Conv1d(width_in, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm1d(width)
        self.conv2 = nn.Conv1d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm1d(width)
        same = stride == 1 and width_in == width
        self.shortcut = nn.Sequential() if same else nn.Sequential(
            nn.Conv1d(width_in, width, 1, stride, bias=False), nn.BatchNorm1d(width))

    def forward(self, x):
        inner = self.bn1(self.conv1(x)).relu()
        return (self.bn2(self.conv2(inner)) + self.shortcut(x)).relu()


class ResNet1d(nn.Module):
    """`widths` and `counts`: channels and blocks of the four stages."""

    def __init__(self, leads, widths, counts):
        super().__init__()
        self.conv1 = nn.Conv1d(leads, widths[0], 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm1d(widths[0])
        width_in = widths[0]
        for number, (width, count) in enumerate(zip(widths, counts), 1):
            blocks = [Block(width_in if i == 0 else width, width, 2 if i == 0 and number > 1 else 1)
                      for i in range(count)]
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
            width_in = width

    def forward(self, ecg):
        x = self.bn1(self.conv1(ecg)).relu()
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))

    @classmethod
    def like(cls, state):
        """A network of the sizes that a checkpoint part has."""
        counts = [count_blocks(state, f"layer{number}.{{}}.conv1.weight") for number in range(1, 5)]
        if "conv1.weight" not in state or 0 in counts:
            raise ExportError(f"The ResNet has {counts} blocks in its four stages: 1 or more is expected.")
        if "layer1.0.conv3.weight" in state:
            raise ExportError("The ResNet has bottleneck blocks: resnet18's basic blocks are expected.")
        widths = [state[f"layer{number}.0.conv1.weight"].shape[0] for number in range(1, 5)]
        return cls(state["conv1.weight"].shape[1], widths, counts)
