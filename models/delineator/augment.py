"""Batches of crops: stretched in time, of either polarity, scaled, with wander, hum, noise and less bandwidth."""

import math

import numpy as np
import torch

from data import IGNORED, RATE_HZ, Lead

CROP = 1280
SPANS = (0.7, 1.4)
LIMIT = 30.0
P, T = 1, 3


class Batches:
    """Crops of leads held in memory; `draw(n)` gives samples `[n, 1, CROP]` and classes `[n, CROP]`."""

    def __init__(self, leads: list[Lead], seed: int, weaken: bool = True) -> None:
        self.leads = leads
        self.weaken = weaken
        self.generator = np.random.default_rng(seed)
        self.torch_generator = torch.Generator().manual_seed(seed)
        self.queue: list[int] = []

    def draw(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        samples = np.empty((count, CROP), np.float32)
        classes = np.empty((count, CROP), np.int64)
        for row in range(count):
            samples[row], classes[row] = self.crop(self.leads[self.next_lead()])
        return self.spoil(torch.from_numpy(samples)).unsqueeze(1), torch.from_numpy(classes)

    def next_lead(self) -> int:
        if not self.queue:
            self.queue = list(self.generator.permutation(len(self.leads)))
        return self.queue.pop()

    def crop(self, lead: Lead) -> tuple[np.ndarray, np.ndarray]:
        random = self.generator
        step = 1.0 if random.random() < 0.4 else math.exp(random.uniform(*np.log(SPANS)))
        length = len(lead.samples)
        start = random.uniform(-0.1 * CROP, length - 0.9 * CROP * step)
        positions = start + step * np.arange(CROP)
        if step == 1.0:
            positions = np.round(positions)
        inside = (positions >= 0) & (positions <= length - 1)
        samples = np.where(inside, np.interp(positions, np.arange(length), lead.samples), 0.0)
        at = np.clip(np.round(2 * positions).astype(int), 0, len(lead.classes) - 1)
        classes = np.where(inside, lead.classes[at], IGNORED)
        if self.weaken and lead.record >= 0:
            self.weaken_waves(samples, classes)
        return samples, classes

    def weaken_waves(self, samples: np.ndarray, classes: np.ndarray) -> None:
        """P and T waves of some crops lower, towards the line between their ends; P waves of a few gone."""
        random = self.generator
        chance = random.random()
        if chance < 0.45:
            scale_waves(samples, classes, P, random.uniform(0.2, 1.0))
        elif chance < 0.52:
            scale_waves(samples, classes, P, 0.0)
            classes[classes == P] = 0
        if random.random() < 0.2:
            scale_waves(samples, classes, T, random.uniform(0.3, 1.0))

    def spoil(self, samples: torch.Tensor) -> torch.Tensor:
        count = len(samples)
        uniform = lambda low, high: low + (high - low) * torch.rand(count, 1, generator=self.torch_generator)  # noqa: E731
        chance = lambda share: (uniform(0, 1) < share).float()  # noqa: E731
        samples = self.band_limit(samples, uniform)
        sign = 1 - 2 * chance(0.25)
        seconds = torch.arange(CROP) / RATE_HZ
        wave = lambda hertz, phase: torch.sin(2 * math.pi * (hertz * seconds + phase))  # noqa: E731
        wander = chance(0.5) * uniform(0, 2.0) * wave(uniform(0.15, 0.8), uniform(0, 1))
        hum = chance(0.15) * uniform(0, 0.5) * wave(uniform(48, 62), uniform(0, 1))
        white = torch.randn(samples.shape, generator=self.torch_generator)
        noise = chance(0.5) * uniform(0, 0.6) * (white if self.generator.random() < 0.5 else smooth(white))
        gain = torch.exp(uniform(math.log(0.6), math.log(1.6)))
        return (gain * sign * (samples + wander + hum + noise)).clamp(-LIMIT, LIMIT)

    def band_limit(self, samples: torch.Tensor, uniform) -> torch.Tensor:
        """A third of the crops without what lies above 15 to 40 Hz, or below 0.5 to 1 Hz."""
        spectrum = torch.fft.rfft(samples)
        hertz = torch.linspace(0, RATE_HZ / 2, spectrum.shape[-1])
        edge = torch.where(uniform(0, 1) < 0.3, uniform(15, 40), torch.tensor(1000.0))
        floor = torch.where(uniform(0, 1) < 0.2, uniform(0.5, 1.0), torch.tensor(1e-3))
        response = 1 / (1 + (hertz / edge) ** 8) / (1 + (floor / hertz.clamp(min=1e-6)) ** 4)
        return torch.fft.irfft(spectrum * response, n=samples.shape[-1])


def scale_waves(samples: np.ndarray, classes: np.ndarray, kind: int, share: float) -> None:
    """Every wave of a kind scaled in place about the line between its ends."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (classes == kind).astype(int), [0]))))
    for first, end in zip(edges[::2], edges[1::2]):
        line = np.linspace(samples[first], samples[end - 1], end - first)
        samples[first:end] = line + share * (samples[first:end] - line)


def smooth(noise: torch.Tensor) -> torch.Tensor:
    """Noise of lower frequencies, of the same size."""
    return torch.nn.functional.avg_pool1d(noise.unsqueeze(1), 5, 1, 2).squeeze(1) * math.sqrt(5)
