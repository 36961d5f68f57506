"""The ECG encoder (1D ResNet with a beat branch and a rhythm branch) and the text projection.

Time grid: the 1000-sample window is padded to 1008 with zeros. Trunk cell i (126 of them) covers samples
8i..8i+8 with a receptive field of about one second, so a beat vector speaks of its beat; attention cell
i (63) covers samples 16i..16i+16 and sees about five seconds.
Even kernels with stride 2 keep a cell centred on the samples it stands for.
"""
import torch
from torch import nn
from torch.nn import functional as F

DIM = 128
LEAD_COUNT, WINDOW, PADDED = 12, 1000, 1008
BEAT_CELL, RHYTHM_CELL = 8, 16      # samples
MILLIVOLT_SCALE = 2.0               # fixed input gain: 0.5 mV -> 1


def unit(x, dim=-1):
    return x / torch.sqrt((x * x).sum(dim, keepdim=True) + 1e-12)


class SqueezeExcite(nn.Module):
    """Channel gates from the time average (Hu et al. 2018); rhythm branch only, as it is global."""

    def __init__(self, channels):
        super().__init__()
        self.down, self.up = nn.Linear(channels, channels // 8), nn.Linear(channels // 8, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.up(F.relu(self.down(x.mean(-1)))))
        return x * gate.unsqueeze(-1)


class Block(nn.Module):
    """Residual block: two convolutions; `stride` 2 halves time with an even kernel."""

    def __init__(self, inputs, outputs, kernel, stride=1, dilation=1, gate=False, dropout=0.0):
        super().__init__()
        if stride == 2:
            self.first = nn.Conv1d(inputs, outputs, kernel + 1, 2, (kernel + 1) // 2 - 1, bias=False)
            self.skip = nn.Sequential(nn.AvgPool1d(2), nn.Conv1d(inputs, outputs, 1, bias=False),
                                      nn.BatchNorm1d(outputs))
        else:
            self.first = nn.Conv1d(inputs, outputs, kernel, 1, dilation * (kernel // 2),
                                   dilation=dilation, bias=False)
            self.skip = nn.Identity()
        self.norm1 = nn.BatchNorm1d(outputs)
        self.second = nn.Conv1d(outputs, outputs, kernel, 1, dilation * (kernel // 2),
                                dilation=dilation, bias=False)
        self.norm2 = nn.BatchNorm1d(outputs)
        self.gate = SqueezeExcite(outputs) if gate else nn.Identity()
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        y = self.drop(F.relu(self.norm1(self.first(x))))
        return F.relu(self.gate(self.norm2(self.second(y))) + self.skip(x))


class EcgEncoder(nn.Module):
    """ecg [B,12,1000] mV, lead_mask [B,12], beat_spans [B,N,2] samples
    -> rhythm [B,128], beat [B,N,128], attention [B,63]; vectors have length 1, attention sums to 1."""

    def __init__(self, dropout=0.1, heads=4):
        super().__init__()
        self.lead_bias = nn.Linear(LEAD_COUNT, 64)
        self.stem = nn.Conv1d(LEAD_COUNT, 64, 16, 2, 7, bias=False)
        self.stem_norm = nn.BatchNorm1d(64)
        self.trunk = nn.Sequential(Block(64, 64, 5, stride=2), Block(64, 128, 3, stride=2, dropout=dropout),
                                   Block(128, 128, 3, dropout=dropout))
        self.context = nn.Sequential(Block(128, 256, 5, stride=2, gate=True, dropout=dropout),
                                     Block(256, 256, 3, dilation=4, gate=True, dropout=dropout))
        self.attend = nn.Sequential(nn.Conv1d(256, 64, 1), nn.Tanh(), nn.Conv1d(64, heads, 1))
        self.rhythm_head = nn.Sequential(nn.Linear(256 * (heads + 1), 256), nn.GELU(), nn.Dropout(2 * dropout),
                                         nn.Linear(256, DIM))
        self.beat_value = nn.Sequential(nn.Conv1d(128, 192, 1), nn.GELU())
        self.beat_score = nn.Conv1d(128, 1, 1)
        self.beat_head = nn.Sequential(nn.Linear(192 * 2 + 2, 256), nn.GELU(), nn.Dropout(2 * dropout),
                                       nn.Linear(256, DIM))

    def forward(self, ecg, lead_mask, beat_spans):
        features = self.features(ecg, lead_mask)
        amplitude = (ecg * lead_mask.unsqueeze(-1)).abs().amax(1, keepdim=True)
        recorded = F.max_pool1d(F.pad(amplitude, (0, PADDED - WINDOW)), RHYTHM_CELL, RHYTHM_CELL) > 1e-6
        rhythm, attention = self._rhythm(self.context(features), recorded)
        return rhythm, self.beats(features, beat_spans), attention

    def features(self, ecg, lead_mask):
        """Trunk cells [B, 128, 126]. Fewer leads give a smaller sum in the first convolution: rescaled,
        and told which are there."""
        x = F.pad(ecg * lead_mask.unsqueeze(-1), (0, PADDED - WINDOW))
        present = torch.sqrt(LEAD_COUNT / lead_mask.sum(1).clamp_min(1.0)) * MILLIVOLT_SCALE
        y = self.stem(x) * present[:, None, None] + self.lead_bias(lead_mask).unsqueeze(-1)
        return self.trunk(F.relu(self.stem_norm(y)))

    def _rhythm(self, context, recorded):
        """Attention pooling over cells that hold signal, beside their plain mean."""
        logits = torch.where(recorded, self.attend(context), torch.full_like(context[:, :1], -1e4))
        weights = torch.softmax(logits, -1)                          # [B, heads, 63]
        pooled = torch.matmul(weights, context.transpose(1, 2)).flatten(1)
        cells = recorded.to(context.dtype)
        mean = (context * cells).sum(-1) / cells.sum(-1).clamp_min(1.0)
        return unit(self.rhythm_head(torch.cat([pooled, mean], 1))), weights.mean(1)

    def beats(self, features, spans):
        """Features of the cells under each span, by overlap and by overlap x attention."""
        start = torch.arange(PADDED // BEAT_CELL, device=features.device, dtype=features.dtype) * BEAT_CELL
        begin, end = spans[..., :1], spans[..., 1:]
        overlap = torch.relu(torch.minimum(end, start + BEAT_CELL) - torch.maximum(begin, start))
        inside = overlap.sum(-1, keepdim=True)                       # samples of the span in the window
        present = (inside > 0).to(features.dtype)
        score = torch.exp(self.beat_score(features).clamp(-8, 8)) * overlap.detach()
        value = self.beat_value(features).transpose(1, 2)            # [B, 126, 192]
        mean = torch.matmul(overlap / inside.clamp_min(1e-6), value)
        focus = torch.matmul(score / score.sum(-1, keepdim=True).clamp_min(1e-6), value)
        timing = self._timing(end - begin, present)
        return unit(self.beat_head(torch.cat([mean, focus, timing], -1))) * present

    def _timing(self, length, present):
        """Span length in seconds, and against the mean of the window's spans (a pause shows here)."""
        mean = (length * present).sum(1, keepdim=True) / present.sum(1, keepdim=True).clamp_min(1.0)
        return torch.cat([length / 100.0, length / mean.clamp_min(1.0)], -1) * present


class TextProjection(nn.Module):
    """sentence_embedding [B,384] -> text [B,128] of length 1: a linear map plus a small MLP."""

    def __init__(self, inputs=384, hidden=512, dropout=0.2):
        super().__init__()
        self.linear = nn.Linear(inputs, DIM)
        self.mlp = nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Dropout(dropout),
                                 nn.Linear(hidden, DIM))

    def forward(self, sentence_embedding):
        x = unit(sentence_embedding) * 4.0
        return unit(self.linear(x) + self.mlp(x))
