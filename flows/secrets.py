"""Addresses of channels from Prefect's Secret blocks, for workers whose environment does not hold them."""

from __future__ import annotations

import flows.contained  # noqa: F401  # isort: skip

import os
from typing import Any, cast

from prefect.blocks.system import Secret
from prefect.logging import get_run_logger
from pydantic import SecretStr

from yardwatch.watchlist import Watchlist


def block_name(variable: str) -> str:
    """``YARDWATCH_CHANNEL_DESK`` lies in the block ``yardwatch-channel-desk``: names of blocks are like that."""
    return variable.lower().replace("_", "-")


def addresses_from_blocks(watchlist: Watchlist) -> dict[str, SecretStr]:
    """Address by channel, for the channels whose variable is not set and whose block exists; the environment wins."""
    found = {}
    for name, channel in watchlist.channels.items():
        if channel.url_env is None or os.environ.get(channel.url_env):
            continue
        try:
            block = cast(Any, Secret.load(block_name(channel.url_env)))
        except ValueError:  # there is no such block: delivery then says which variable to set
            continue
        except Exception as error:
            get_run_logger().warning("channel %s: its block could not be read: %s", name, type(error).__name__)
            continue
        found[name] = SecretStr(str(block.get()))
    return found
