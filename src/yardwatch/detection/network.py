"""The network of a release: pixels in, candidate boxes out. The only module that imports the inference runtime."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from yardwatch.detection.boxes import BOX_ROWS
from yardwatch.detection.release import Release
from yardwatch.errors import BadRelease

ANGLE_ROWS = 1


class Network(Protocol):
    """What the detector asks of a network; tests stand in for it."""

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Candidates of each tile.

        Args:
            batch: float32 (tile, band, row, col), 0-1, sides multiples of 32.

        Returns:
            float32 (tile, 4 + classes + 1, candidate): centre x and y, width and height in pixels of the tile, one
            score 0-1 per class, and last the angle in radians from the x axis towards the y axis, which points down.
            This is the output of an oriented Ultralytics head (``ultralytics/nn/modules/head.py``, class ``OBB``).
        """
        ...


class OnnxNetwork:
    """A release's ONNX file in ONNX Runtime, on the processor.

    Raises:
        BadRelease: when the file is no network, or one that does not fit the release's classes or bands.
    """

    def __init__(self, release: Release, threads: int) -> None:
        self._path = release.weights_path
        self._rows = BOX_ROWS + len(release.classes) + ANGLE_ROWS
        try:
            self._session = onnxruntime.InferenceSession(
                str(self._path), sess_options=_options(threads), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime raises a dozen types of its own, none with a public root
            raise BadRelease(f"{self._path}: ONNX Runtime cannot open it: {error}; release the model again") from None
        self._check_shapes(release)

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """See :meth:`Network.run`."""
        (output,) = self._session.run(None, {self._session.get_inputs()[0].name: batch})
        array: NDArray[np.float32] = np.asarray(output)
        if array.ndim != 3 or array.shape[1] != self._rows:
            self._refuse(array.shape)
        return array

    def _check_shapes(self, release: Release) -> None:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise BadRelease(
                f"{self._path}: has {len(inputs)} inputs and {len(outputs)} outputs, a detector has one of each; "
                "export it with the training extra"
            )
        wanted: Any = inputs[0].shape
        if len(wanted) != 4 or (isinstance(wanted[1], int) and wanted[1] != len(release.bands)):
            raise BadRelease(
                f"{self._path}: reads {wanted}, the manifest's bands are {', '.join(release.bands)}; correct bands"
            )
        if any(isinstance(side, int) for side in (wanted[0], *wanted[2:])):
            raise BadRelease(f"{self._path}: reads tiles of one size only, {wanted}; export it with dynamic=True")
        given: Any = outputs[0].shape
        if len(given) != 3 or (isinstance(given[1], int) and given[1] != self._rows):
            self._refuse(given)

    def _refuse(self, shape: object) -> None:
        classes = self._rows - BOX_ROWS - ANGLE_ROWS
        raise BadRelease(
            f"{self._path}: gives {shape}, {classes} classes want (tile, {self._rows}, candidate); "
            "correct classes in the manifest or export the oriented model again"
        )


def open_network(release: Release, threads: int) -> Network:
    """The network of ``release``, opened once in this process (a session does not survive a fork)."""
    return _opened(os.getpid(), release, threads)


@lru_cache(maxsize=2)
def _opened(process: int, release: Release, threads: int) -> OnnxNetwork:
    return OnnxNetwork(release, threads)


def _options(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: its warnings speak of graph internals
    return options
