"""The network that sees tracks, for laying pictures onto them; see :mod:`yardwatch.imagery.registration`.

It lies in ``models/registration/`` beside ``registration.toml`` and is verified before it is used. It is part
of the pipeline and not of a release: another one raises ``PIPELINE_VERSION``.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from yardwatch.errors import BadRelease

FOLDER = "registration"
FACTS = "registration.toml"


class TrackSight:
    """An ONNX file in ONNX Runtime, on the processor; it may be shared by threads.

    Raises:
        BadRelease: when the file is no network for this.
    """

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime raises a dozen types of its own, none with a public root
            raise BadRelease(f"{path}: ONNX Runtime cannot open it: {error}; put the folder back whole") from None
        self._name = self._session.get_inputs()[0].name

    def logits(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 (n, 2, row, col): log odds of centre lines and of beds.

        Args:
            pictures: uint8 (n, 3, row, col), red, green, blue, at 0.8 m a pixel; sides multiples of 16.
        """
        seen = [self._session.run(None, {self._name: one[None].astype(np.float32) / 255})[0] for one in pictures]
        found: NDArray[np.float32] = np.concatenate(seen)
        return found


def open_track_sight(models: Path, threads: int) -> TrackSight | None:
    """The network below a models folder, opened once in this process; None where the folder holds none.

    Raises:
        BadRelease: when it is there and is not the one that was measured.
    """
    folder = models / FOLDER
    if not (folder / FACTS).exists():
        return None
    return _opened(os.getpid(), folder, threads)


@lru_cache(maxsize=2)
def _opened(process: int, folder: Path, threads: int) -> TrackSight:
    try:
        facts = tomllib.loads((folder / FACTS).read_text(encoding="utf-8"))
        path = folder / str(facts["weights"])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise BadRelease(f"{folder / FACTS}: {error!r}; put the folder back whole") from None
    if digest != facts.get("sha256"):
        raise BadRelease(f"{path}: sha256 is {digest[:12]}..., {FACTS} says otherwise; put the folder back whole")
    return TrackSight(path, threads)
