"""Processes that draw, started afresh: a fork of a process with threads (inference, Prefect) can hang for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2


def one_thread() -> None:
    """An initializer: OpenCV draws on one thread in each process."""
    cv2.setNumThreads(1)


def drawing_pool(workers: int, initializer: Callable[[], object]) -> ProcessPoolExecutor:
    """A pool of ``workers`` processes, each having run ``initializer``, which must be picklable."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=initializer)
