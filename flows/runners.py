"""Where the tasks of a run work: threads of this process, processes of this machine, or a Dask cluster.

A worker opens the ledger and loads the model once, whatever it is (:func:`flows.stages.workspace` is one a process).
"""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import os
from dataclasses import dataclass
from typing import Any, Literal

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from yardwatch.errors import NotConfigured

RunnerName = Literal["threads", "processes", "dask"]


@dataclass(frozen=True)
class Workers:
    """How many of which; ``scheduler`` is the address of a running Dask cluster (tcp://host:8786), else one is made."""

    runner: RunnerName = "threads"
    workers: int = 2
    scheduler: str | None = None

    def task_runner(self) -> TaskRunner[Any]:
        """The runner, to be entered by a flow.

        Raises:
            NotConfigured: when Dask is asked for and not installed.
        """
        if self.runner == "threads":
            return ThreadPoolTaskRunner(max_workers=self.workers)
        _share_the_cores(self.workers)
        if self.runner == "processes":
            return ProcessPoolTaskRunner(max_workers=self.workers)
        return self._dask()

    def _dask(self) -> TaskRunner[Any]:
        try:
            from prefect_dask.task_runners import DaskTaskRunner
        except ImportError:
            raise NotConfigured("the runner dask needs its extra: pip install 'yardwatch[dask]'") from None
        if self.scheduler is not None:
            distant: TaskRunner[Any] = DaskTaskRunner(address=self.scheduler)
            return distant
        local: TaskRunner[Any] = DaskTaskRunner(
            cluster_kwargs={
                "n_workers": self.workers,
                "threads_per_worker": 1,
                "processes": True,
                "host": "127.0.0.1",  # an unguarded scheduler must not listen to the network
                "dashboard_address": None,
            }
        )
        return local


def _share_the_cores(workers: int) -> None:
    """Workers inherit the environment: detectors with all cores each would only wait for each other."""
    os.environ.setdefault("YARDWATCH_INFERENCE_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
