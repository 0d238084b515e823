"""A release as a checkpoint that training can go on from: only releases are kept for good, and what they cost to teach
should not be lost with the checkpoint.

An export folds each normalisation into the convolution before it. Here they are taken apart again: the convolution
keeps the folded weights, and its normalisation gets the mean and variance that real chips show there, with a gain and
an offset that undo them, so that the network computes what the release computes and is normalised as training needs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yardwatch.detection import Release
from yardwatch.errors import BadInput, BadRelease
from yardwatch.training.export import Parity, parity
from yardwatch.training.ultra import ultralytics

SAMPLED = 64
LEAST_VARIANCE = 1e-6
"""Below this a channel is silent on every chip; its gain would be noise."""


def restore_checkpoint(release: Release, chips: NDArray[np.float32], out: Path) -> Parity:
    """Writes the release's network as an Ultralytics checkpoint at ``out`` and proves that both see the same.

    Args:
        release: its manifest's ``architecture`` names the network, as in ``yolo11n-obb``.
        chips: float32 (n, 3, rows, cols), 0-1, of the kind it was trained on; 32 or more show how each layer varies.
        out: path of the checkpoint, ending in ``.pt``.

    Raises:
        BadRelease: when the file's weights do not fit the architecture, or the checkpoint strays from the release.
    """
    package = ultralytics()
    import torch

    model = package.YOLO(f"{release.architecture}.yaml", task="obb")
    classes = release.classes
    network = type(model.model)(model.model.yaml["yaml_file"], nc=len(classes), verbose=False)
    model.model = network
    network.names = dict(enumerate(classes))
    given = exported_weights(release.weights_path)
    own = network.state_dict()
    for name, value in given.items():
        place = name.removesuffix("conv.bias") + "bn.bias" if name.endswith(".conv.bias") else name
        if place not in own or tuple(own[place].shape) != value.shape:
            raise BadRelease(f"{release.weights_path}: {name} does not fit {release.architecture}")
        own[place] = torch.from_numpy(value.copy())
    network.load_state_dict(own)
    _take_normalisation_apart(network, torch.from_numpy(chips))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        made = Path(folder) / out.name
        network.args = {"task": "obb", "imgsz": release.tile_px}
        torch.save({"epoch": -1, "model": network, "train_args": network.args, "ema": None}, made)
        same = parity(made, release, chips)
        made.replace(out)
    return same


def sample_chips(data_yaml: Path) -> NDArray[np.float32]:
    """Up to 64 training pictures of one size from a data set, float32 (n, 3, rows, cols), 0-1.

    Raises:
        BadInput: when the data set holds none.
    """
    import cv2

    folder = data_yaml.parent / "images" / "train"
    chips: list[NDArray[np.uint8]] = []
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg", ".tif")):
        read = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if read is not None and (not chips or read.shape == chips[0].shape):
            chips.append(np.asarray(read[:, :, ::-1], dtype=np.uint8))
        if len(chips) == SAMPLED:
            break
    if not chips:
        raise BadInput(f"{folder}: holds no picture; a release is taken apart with pictures of the data set")
    return np.ascontiguousarray(np.moveaxis(np.stack(chips), 3, 1)).astype(np.float32) / np.float32(255)


def exported_weights(onnx_file: Path) -> dict[str, NDArray[np.float32]]:
    """The weights of an exported file by the name they had in training, unpacked from 16 bits where they are packed."""
    import onnx
    from onnx import numpy_helper

    kept = {each.name: numpy_helper.to_array(each) for each in onnx.load(onnx_file).graph.initializer}
    weights = {}
    for name, values in kept.items():
        if name.endswith(".whole"):
            plain = name.removesuffix(".whole")
            weights[plain] = values.astype(np.float32) * kept[f"{plain}.scale"]
        elif name.startswith("model.") and name.endswith((".weight", ".bias")):
            weights[name] = values.astype(np.float32)
    return weights


def _take_normalisation_apart(network: Any, chips: Any) -> None:
    """Sets every normalisation of a network whose ``bn.bias`` hold the folded biases, from the front to the back."""
    import torch

    def measured(norm: Any, inputs: tuple[Any, ...]) -> None:
        seen = inputs[0]
        mean, variance = seen.mean((0, 2, 3)), seen.var((0, 2, 3), unbiased=False).clamp_min(LEAST_VARIANCE)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.add_(mean)

    hooks = [
        layer.register_forward_pre_hook(measured)
        for layer in network.modules()
        if isinstance(layer, torch.nn.BatchNorm2d)
    ]
    network.eval()
    with torch.no_grad():
        network(chips)
    for hook in hooks:
        hook.remove()
