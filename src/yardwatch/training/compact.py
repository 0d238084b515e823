"""Stores an exported network's large weights in 16 bits: half the bytes in every clone and wheel.

Each output channel is stored as whole numbers and one scale. The network computes in single precision as before: the
cast and the product that stand before each weight are folded away when the runtime opens the file. What the rounding
changes (at most 1/65,534 of a channel's largest weight) is part of what :func:`yardwatch.training.export.parity`
measures; half-precision floats, which round sixteen times as coarsely, strayed too far.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

SMALL = 256  # weights of fewer numbers save nothing
LARGEST = 32_767


def store_in_16_bits(path: Path) -> None:
    """Rewrites the ONNX file at ``path`` with int16 weights, and a cast and a scale before each."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(path)
    weights, unpacking = [], []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < SMALL or values.ndim < 2:
            weights.append(weight)
            continue
        scale = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True) / np.float32(LARGEST)
        scale[scale == 0] = 1
        names = [f"{weight.name}.{part}" for part in ("whole", "scale", "cast")]
        weights.append(numpy_helper.from_array(np.round(values / scale).astype(np.int16), names[0]))
        weights.append(numpy_helper.from_array(scale.astype(np.float32), names[1]))
        unpacking.append(helper.make_node("Cast", [names[0]], [names[2]], to=TensorProto.FLOAT))
        unpacking.append(helper.make_node("Mul", [names[2], names[1]], [weight.name]))
    nodes = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(weights)
    model.graph.node.extend([*unpacking, *nodes])
    onnx.checker.check_model(model)
    onnx.save(model, path)
