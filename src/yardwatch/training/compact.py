"""Stores an exported network's large weights in half precision: half the bytes in every clone and wheel.

The network computes in single precision as before: a cast stands before each weight and is folded away when the runtime
opens the file. What the rounding changes is part of what :func:`yardwatch.training.export.parity` measures.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

SMALL = 256  # weights of fewer numbers save nothing
LARGEST_HALF = 65_504.0


def store_in_half(path: Path) -> None:
    """Rewrites the ONNX file at ``path`` with float16 weights and a cast to float32 before each."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(path)
    weights, casts = [], []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < SMALL or np.abs(values).max() > LARGEST_HALF:
            weights.append(weight)
            continue
        stored = f"{weight.name}.half"
        weights.append(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [weight.name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(weights)
    model.graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(model)
    onnx.save(model, path)
