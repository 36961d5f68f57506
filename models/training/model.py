"""pqr-small's ECG encoder (convolutions, then a transformer) and the text projection.

Time grid of a window of 1000 samples at 100 Hz, padded with zeros to 1024: trunk cell i (128 of them) covers
samples 8i..8i+8 and sees about one second, so that a beat vector speaks of its beat; context cell i (64)
covers samples 16i..16i+16 and sees the whole window; token i (32) covers samples 32i..32i+32. Training may
use shorter windows (any multiple of 32 samples). Even kernels with stride 2 keep a cell centred on the
samples it stands for.
"""
import torch
from torch import nn
from torch.nn import functional as F

DIM = 128
LEAD_COUNT, WINDOW = 12, 1000
BEAT_CELL, RHYTHM_CELL, TOKEN_CELL = 8, 16, 32      # samples
MILLIVOLT_SCALE = 2.0                               # fixed input gain: 0.5 mV -> 1
MEDIAN_BEAT_SAMPLES = 64                            # s .. R+0.40 s
MAX_CONTEXT_CELLS = 64


def unit(x, dim=-1):
    return x / torch.sqrt((x * x).sum(dim, keepdim=True) + 1e-12)


class SqueezeExcite(nn.Module):
    """Channel gates from the time average (Hu et al. 2018); context cells only, as it is global."""

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


class AttentionLayer(nn.Module):
    """Pre-norm transformer layer (Xiong et al. 2020) over context cells; cells without signal are not read."""

    def __init__(self, width=256, heads=4, hidden=768, dropout=0.1):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, unread):
        """x [B, T, width]; unread [B, 1, 1, T], 0 or a large negative number."""
        batch, cells, width = x.shape
        parts = self.query_key_value(self.norm1(x)).reshape(batch, cells, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        logits = query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5 + unread
        mixed = (torch.softmax(logits, -1) @ value).transpose(1, 2).reshape(batch, cells, width)
        x = x + self.drop(self.out(mixed))
        return x + self.drop(self.down(F.gelu(self.up(self.norm2(x)))))


class EcgEncoder(nn.Module):
    """ecg [B,12,n] mV, lead_mask [B,12], beat_spans [B,N,2] samples (n = 1000, in training any n)
    -> rhythm [B,128], beat [B,N,128], token [B,32,128], attention [B,64]; vectors have length 1 (0 where
    nothing was recorded), attention sums to 1."""

    def __init__(self, dropout=0.1, heads=4, layers=3, width=256):
        super().__init__()
        self.lead_bias = nn.Linear(LEAD_COUNT, 64)
        self.stem = nn.Conv1d(LEAD_COUNT, 64, 16, 2, 7, bias=False)
        self.stem_norm = nn.BatchNorm1d(64)
        self.trunk = nn.Sequential(Block(64, 64, 5, stride=2), Block(64, 128, 3, stride=2, dropout=dropout),
                                   Block(128, 128, 3, dropout=dropout))
        self.context = nn.Sequential(Block(128, width, 5, stride=2, gate=True, dropout=dropout),
                                     Block(width, width, 3, dilation=4, gate=True, dropout=dropout))
        self.position = nn.Parameter(0.02 * torch.randn(1, MAX_CONTEXT_CELLS, width))
        self.layers = nn.ModuleList([AttentionLayer(width, dropout=dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.attend = nn.Sequential(nn.Linear(width, 64), nn.Tanh(), nn.Linear(64, heads))
        self.rhythm_hidden = nn.Sequential(nn.Linear(width * (heads + 1), 256), nn.GELU())
        self.drop = nn.Dropout(2 * dropout)
        self.rhythm_head = nn.Linear(256, DIM)
        self.token_head = nn.Sequential(nn.Linear(128 + width, 256), nn.GELU(), nn.Dropout(2 * dropout),
                                        nn.Linear(256, DIM))
        self.beat_value = nn.Sequential(nn.Conv1d(128, 192, 1), nn.GELU())
        self.beat_score = nn.Conv1d(128, 1, 1)
        self.beat_head = nn.Sequential(nn.Linear(192 * 2 + 4, 256), nn.GELU(), nn.Dropout(2 * dropout),
                                       nn.Linear(256, DIM))

    def forward(self, ecg, lead_mask, beat_spans):
        out = self.everything(ecg, lead_mask, beat_spans)
        return out["rhythm"], out["beat"], out["token"], out["attention"]

    def everything(self, ecg, lead_mask, beat_spans):
        """All outputs by name, with `pooled` [B, 256], what the rhythm vector is made from."""
        ecg = F.pad(ecg * lead_mask.unsqueeze(-1), (0, -ecg.shape[-1] % TOKEN_CELL))
        features = self.features(ecg, lead_mask)
        amplitude = ecg.abs().amax(1, keepdim=True)
        recorded = F.max_pool1d(amplitude, RHYTHM_CELL, RHYTHM_CELL) > 1e-6     # [B, 1, T]
        context = self.contextual(features, recorded)
        pooled, attention = self._pool(context, recorded)
        return {"rhythm": unit(self.rhythm_head(self.drop(pooled))), "pooled": pooled, "attention": attention,
                "beat": self.beats(features, beat_spans), "token": self.tokens(features, context, recorded),
                "context": context}

    def features(self, ecg, lead_mask):
        """Trunk cells [B, 128, n/8]. Fewer leads give a smaller sum in the first convolution: rescaled,
        and told which are there."""
        present = torch.sqrt(LEAD_COUNT / lead_mask.sum(1).clamp_min(1.0)) * MILLIVOLT_SCALE
        y = self.stem(ecg) * present[:, None, None] + self.lead_bias(lead_mask).unsqueeze(-1)
        return self.trunk(F.relu(self.stem_norm(y)))

    def context_cells(self, features):
        """[B, 128, n/8] -> [B, width, n/16], before attention."""
        return self.context(features)

    def contextual(self, features, recorded):
        """Context cells [B, T, width]."""
        x = self.context_cells(features).transpose(1, 2)
        x = x + self.position[:, :x.shape[1]]
        unread = (recorded.logical_not().to(x.dtype) * -1e4).unsqueeze(2)
        for layer in self.layers:
            x = layer(x, unread)
        return self.norm(x)

    def _pool(self, context, recorded):
        """Attention pooling over cells that hold signal, beside their plain mean."""
        logits = self.attend(context).transpose(1, 2)
        weights = torch.softmax(torch.where(recorded, logits, torch.full_like(logits, -1e4)), -1)
        pooled = torch.matmul(weights, context).flatten(1)                      # [B, heads * width]
        cells = recorded.to(context.dtype).transpose(1, 2)
        mean = (context * cells).sum(1) / cells.sum(1).clamp_min(1.0)
        return self.rhythm_hidden(torch.cat([pooled, mean], 1)), weights.mean(1)

    def tokens(self, features, context, recorded):
        """What a cell of 32 samples holds: its own trunk features beside the context there."""
        local = F.avg_pool1d(features, TOKEN_CELL // BEAT_CELL).transpose(1, 2)
        wide = F.avg_pool1d(context.transpose(1, 2), TOKEN_CELL // RHYTHM_CELL).transpose(1, 2)
        present = F.max_pool1d(recorded.to(context.dtype), 2, 2).transpose(1, 2)
        return unit(self.token_head(torch.cat([local, wide], -1))) * present

    def beats(self, features, spans):
        """Features of the cells under each span, by overlap and by overlap x attention."""
        start = torch.arange(features.shape[-1], device=features.device, dtype=features.dtype) * BEAT_CELL
        begin, end = spans[..., :1], spans[..., 1:]
        overlap = torch.relu(torch.minimum(end, start + BEAT_CELL) - torch.maximum(begin, start))
        inside = overlap.sum(-1, keepdim=True)                       # samples of the span in the window
        present = (inside > 0).to(features.dtype)
        score = torch.exp(self.beat_score(features).clamp(-8, 8)) * overlap.detach()
        value = self.beat_value(features).transpose(1, 2)
        mean = torch.matmul(overlap / inside.clamp_min(1e-6), value)
        focus = torch.matmul(score / score.sum(-1, keepdim=True).clamp_min(1e-6), value)
        timing = self._timing(begin, end, present)
        return unit(self.beat_head(torch.cat([mean, focus, timing], -1))) * present

    def _timing(self, begin, end, present):
        """Span length in seconds and against the window's mean; the distance from the span before and to
        the one after against the mean distance: a premature beat and its pause show here."""
        length = end - begin
        mean = (length * present).sum(1, keepdim=True) / present.sum(1, keepdim=True).clamp_min(1.0)
        both = present[:, 1:] * present[:, :-1]
        step = (begin[:, 1:] - begin[:, :-1]) * both
        usual = step.sum(1, keepdim=True) / both.sum(1, keepdim=True).clamp_min(1.0)
        ratio = (step / usual.clamp_min(1.0)).clamp(0, 3) + (1 - both)          # 1 where there is no neighbour
        edge = torch.ones_like(length[:, :1])
        before, after = torch.cat([edge, ratio], 1), torch.cat([ratio, edge], 1)
        return torch.cat([length / 100.0, length / mean.clamp_min(1.0), before, after], -1) * present


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
