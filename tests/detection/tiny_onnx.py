"""Writes a tiny ONNX network by hand, so that tests need neither the onnx package nor trained weights.

The network averages blocks of 32 x 32 pixels and multiplies each block's bands by a matrix: one candidate a block.
Only the few fields of ``onnx.proto`` that it takes are written here; numbers are the field numbers of that file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FLOAT, _INT64 = 1, 7


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value & (1 << 64) - 1)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, array: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    kind = _FLOAT if array.dtype == np.float32 else _INT64
    dims = b"".join(_number(1, size) for size in array.shape)
    return dims + _number(2, kind) + _bytes(8, name) + _bytes(9, array.tobytes())


def _ints(name: str, values: list[int]) -> bytes:
    return _bytes(1, name) + b"".join(_number(8, value) for value in values) + _number(20, 7)


def _node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    named = b"".join(_bytes(1, name) for name in inputs) + _bytes(2, output) + _bytes(4, kind)
    return named + b"".join(_bytes(5, attribute) for attribute in attributes)


def _value(name: str, shape: list[int | str]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, size) if isinstance(size, int) else _bytes(2, size)) for size in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, dims)))


def write_network(
    path: Path, rows: int, *, bands: int = 3, sides: tuple[int | str, int | str] = ("rows", "cols")
) -> None:
    """A network with ``rows`` numbers a candidate at ``path``."""
    matrix = np.zeros((rows, bands), dtype=np.float32)
    matrix[:, 0] = np.arange(rows)
    graph = b"".join(
        [
            _bytes(
                1, _node("AveragePool", ["image"], "p", _ints("kernel_shape", [32, 32]), _ints("strides", [32, 32]))
            ),
            _bytes(1, _node("Reshape", ["p", "shape"], "flat")),
            _bytes(1, _node("MatMul", ["matrix", "flat"], "boxes")),
            _bytes(2, "tiny"),
            _bytes(5, _tensor("shape", np.array([0, bands, -1], dtype=np.int64))),
            _bytes(5, _tensor("matrix", matrix)),
            _bytes(11, _value("image", ["tile", bands, *sides])),
            _bytes(12, _value("boxes", ["tile", rows, "candidate"])),
        ]
    )
    path.write_bytes(_number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 17)))


def write_track_network(path: Path) -> None:
    """A network of one pixel: red less a half, and blue less a half, times ten, as log odds of lines and of beds."""
    weight = np.zeros((2, 3, 1, 1), dtype=np.float32)
    weight[0, 0], weight[1, 2] = 10.0, 10.0
    graph = b"".join(
        [
            _bytes(1, _node("Conv", ["picture", "weight", "bias"], "logits")),
            _bytes(2, "tracks"),
            _bytes(5, _tensor("weight", weight)),
            _bytes(5, _tensor("bias", np.full(2, -5.0, dtype=np.float32))),
            _bytes(11, _value("picture", ["picture", 3, "row", "col"])),
            _bytes(12, _value("logits", ["picture", 2, "row", "col"])),
        ]
    )
    path.write_bytes(_number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 17)))
