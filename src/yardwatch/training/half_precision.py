"""bfloat16 on processors: Ultralytics offers it on CUDA only, and it makes training here half as fast again.

The network runs under autocast, its loss in float32, where angles and distances need it.
"""

from __future__ import annotations

from typing import Any


def as_float32(value: Any) -> Any:
    """Every tensor in nested dicts, lists and tuples as float32."""
    if isinstance(value, dict):
        return {key: as_float32(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(as_float32(item) for item in value)
    return value.float() if hasattr(value, "float") else value


def train_in_bfloat16() -> None:
    """From now on, oriented-box models of this process compute their training pass in bfloat16."""
    import torch
    from ultralytics.nn.tasks import OBBModel

    def loss(self: Any, batch: dict[str, Any], preds: Any = None) -> Any:
        if getattr(self, "criterion", None) is None:
            self.criterion = self.init_criterion()
        if preds is None:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                preds = self.forward(batch["img"])
        return self.criterion(as_float32(preds), batch)

    OBBModel.loss = loss  # type: ignore[method-assign, assignment, unused-ignore]
