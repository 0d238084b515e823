"""The small network that sees tracks: what it is made of, how it is taught, and how it leaves as ONNX.

A U-Net (Ronneberger, Fischer and Brox, MICCAI 2015) of four scales, whose finest works at half the resolution of the
picture and gives four pixels each (Shi et al., CVPR 2016): rails are told by their neighbourhood, not by one pixel.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from yardwatch.detection.track_sight import TrackSight

MEAN, SPREAD = 0.45, 0.25
"""Of the brightness of aerial pictures, 0-1, roughly: what the network takes for grey."""

AROUND_PX = 15


@dataclass(frozen=True)
class Lessons:
    """How the network is taught: for ``minutes``, ``batch`` pictures a step, learning rate up to ``learning_rate``.

    The rate rises for a tenth of the time and falls to nothing along a cosine, so an hour of a slow computer gives a
    finished network too, of fewer steps.
    """

    minutes: float = 30.0
    batch: int = 12
    learning_rate: float = 5e-3
    seed: int = 1
    channels: tuple[int, int, int, int] = (16, 24, 32, 48)


class TrackNetwork(nn.Module):  # type: ignore[misc]
    """Pictures float32 (n, 3, row, col), 0-1, sides multiples of 16, to logits (n, 2, row, col): lines and beds."""

    def __init__(self, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        a, b, c, d = channels
        self.stem = nn.Sequential(_conv(4, a, 4, stride=2), _conv(a, a))
        self.down1 = nn.Sequential(_conv(a, b, 2, stride=2), _conv(b, b), _conv(b, b))
        self.down2 = nn.Sequential(_conv(b, c, 2, stride=2), _conv(c, c), _conv(c, c))
        self.down3 = nn.Sequential(_conv(c, d, 2, stride=2), _conv(d, d), _conv(d, d, dilation=2))
        self.to2, self.up2 = nn.Conv2d(d, c, 1), _conv(c, c)
        self.to1, self.up1 = nn.Conv2d(c, b, 1), _conv(b, b)
        self.to0, self.up0 = nn.Conv2d(b, a, 1), _conv(a, a)
        self.head = nn.Conv2d(a, 8, 3, padding=1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """See the class."""
        fine = self.stem(torch.cat([(picture - MEAN) / SPREAD, _contrast(picture)], 1))
        middle = self.down1(fine)
        coarse = self.down2(middle)
        seen = self.up2(coarse + _twice(self.to2(self.down3(coarse))))
        seen = self.up1(middle + _twice(self.to1(seen)))
        seen = self.up0(fine + _twice(self.to0(seen)))
        return functional.pixel_shuffle(self.head(seen), 2)


def _conv(before: int, after: int, side: int = 3, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    padding = (side - stride) // 2 if stride > 1 else dilation * (side // 2)
    return nn.Sequential(
        nn.Conv2d(before, after, side, stride, padding, dilation, bias=False), nn.BatchNorm2d(after), nn.ReLU(True)
    )


def _contrast(picture: torch.Tensor) -> torch.Tensor:
    """Grey (n, 1, row, col) less its mean within 12 m, over its deviation there: rails through haze and under snow."""
    grey = picture.mean(1, keepdim=True)
    level = _around(grey)
    deviation = (_around(grey * grey) - level * level).clamp(min=0).sqrt()
    return (grey - level) / (deviation + 0.01)


def _around(values: torch.Tensor) -> torch.Tensor:
    for side in ((1, AROUND_PX), (AROUND_PX, 1)):
        padding = (side[0] // 2, side[1] // 2)
        values = functional.avg_pool2d(values, side, stride=1, padding=padding, count_include_pad=False)
    return values


def _twice(values: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(values, scale_factor=2.0, mode="nearest")


@dataclass(frozen=True, eq=False)
class Taught:
    """A network, how many steps it took, the hours, and the loss of the last of them."""

    network: TrackNetwork
    steps: int
    hours: float
    loss: float


def teach(
    pictures: NDArray[np.uint8],
    maps: NDArray[np.uint8],
    lessons: Lessons,
    start: TrackNetwork | None = None,
    progress: Callable[[int, float, float], None] = lambda step, loss, share: None,
) -> Taught:
    """A network taught on pictures and maps (see :func:`~yardwatch.training.track_material.track_samples`).

    The loss is the cross-entropy of both maps, so that the outputs are logits of what the maps would be. Pictures are
    turned and mirrored. ``progress`` is told (steps, mean loss, share of the time) after each step.
    """
    torch.manual_seed(lessons.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(lessons.seed)
    network = start or TrackNetwork(lessons.channels)
    network = network.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lessons.learning_rate, weight_decay=1e-3)
    begun, order, steps, mean_loss = time.perf_counter(), np.empty(0, np.int64), 0, 0.0
    while (share := (time.perf_counter() - begun) / (60 * lessons.minutes)) < 1:
        if len(order) < lessons.batch:
            order = rng.permutation(len(pictures))
        chosen, order = order[: lessons.batch], order[lessons.batch :]
        for group in optimiser.param_groups:
            group["lr"] = lessons.learning_rate * min(share / 0.1 + 0.01, (1 + math.cos(math.pi * share)) / 2)
        seen, wanted = _turned(rng, pictures[chosen], maps[chosen])
        loss = functional.binary_cross_entropy_with_logits(network(seen), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        steps += 1
        mean_loss += (float(loss.detach()) - mean_loss) * max(0.05, 1 / steps)
        progress(steps, mean_loss, share)
    return Taught(network.eval(), steps, (time.perf_counter() - begun) / 3600, mean_loss)


def _turned(
    rng: np.random.Generator, pictures: NDArray[np.uint8], maps: NDArray[np.uint8]
) -> tuple[torch.Tensor, torch.Tensor]:
    turns, mirrored = int(rng.integers(4)), rng.random() < 0.5
    both = []
    for values in (pictures, maps):
        turned = np.rot90(values, turns, (2, 3))[..., :: -1 if mirrored else 1]
        both.append(torch.from_numpy(np.ascontiguousarray(turned, np.float32) / 255))
    return both[0].to(memory_format=torch.channels_last), both[1]


def export(network: TrackNetwork, path: Path) -> float:
    """Writes the network as ONNX for pictures of any size; the largest difference of its output, in logits."""
    pixels = np.random.default_rng(0).integers(0, 256, (2, 3, 64, 96), dtype=np.uint8)
    example = torch.from_numpy(pixels.astype(np.float32) / 255)
    network = network.eval().to(memory_format=torch.contiguous_format)
    axes = {0: "picture", 2: "row", 3: "col"}
    arguments: dict[str, Any] = {"input_names": ["picture"], "output_names": ["logits"], "opset_version": 17}
    torch.onnx.export(
        network, (example,), str(path), dynamo=False, dynamic_axes={"picture": axes, "logits": axes}, **arguments
    )
    with torch.no_grad():
        wanted = network(example).numpy()
    return float(np.abs(TrackSight(path, 1).logits(pixels) - wanted).max())
