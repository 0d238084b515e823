"""Settings of one run, read when asked for and never at import.

Every setting is an environment variable with the prefix ``YARDWATCH_``. Everything that yardwatch writes lies under
one root, ``YARDWATCH_DATA_DIR``; :func:`contain` sends Prefect's, Ultralytics' and matplotlib's own folders there too.
"""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from yardwatch.errors import BadInput, NotConfigured


class Settings(BaseSettings):
    """All settings; see ``docs/settings.md``."""

    model_config = SettingsConfigDict(env_prefix="YARDWATCH_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("yardwatch-data"), description="Root of everything that yardwatch writes.")
    ledger_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the ledger; default is ledger.sqlite below the data root."
    )
    watchlist: Path = Field(Path("yardwatch.toml"), description="The watch list.")
    aoi_dir: Path | None = Field(None, description="Folder of area files; default is the shipped ones.")
    models_dir: Path | None = Field(None, description="Folder of model releases; default is the shipped ones.")
    release: str | None = Field(None, description="Model release to use; default is the one current.toml names.")
    inference_threads: int = Field(2, ge=1, le=256, description="Threads of the detector.")
    reports_url: str | None = Field(None, description="Address under which reports/ of the data root is served.")
    log_format: Literal["text", "json"] = Field(
        "text", description="How log lines are written: for people or machines."
    )
    real_images: Path | None = Field(None, description="Folder of labelled real images to measure on.")
    surge_bench: Path | None = Field(None, description="Folder of the frozen surge benchmark.")
    backgrounds: Path | None = Field(None, description="Folder of aerial tiles without railcars to train on.")

    @property
    def root(self) -> Path:
        """The data root as an absolute path."""
        return _absolute(self.data_dir, "YARDWATCH_DATA_DIR")

    def ledger_address(self) -> str:
        """SQLAlchemy URL of the ledger, secrets included: never print it."""
        if self.ledger_url is not None:
            return self.ledger_url.get_secret_value()
        return f"sqlite:///{self.root / 'ledger.sqlite'}"

    def areas_folder(self) -> Path:
        """Where area files are: by setting, then in a checkout, then as shipped in the wheel."""
        return _shipped(self.aoi_dir, "aoi", "YARDWATCH_AOI_DIR")

    def models_folder(self) -> Path:
        """Where model releases are: by setting, then in a checkout, then as shipped in the wheel."""
        return _shipped(self.models_dir, "models", "YARDWATCH_MODELS_DIR")


def _absolute(path: Path, setting: str) -> Path:
    try:
        return path.expanduser().resolve()
    except RuntimeError:
        raise NotConfigured(f"{setting}={path}: there is no such user; write the path from / on") from None


def _shipped(chosen: Path | None, name: str, setting: str) -> Path:
    if chosen is not None:
        folder = _absolute(chosen, setting)
        if not folder.is_dir():
            raise NotConfigured(f"{setting}={chosen} is not a folder; point it at the folder of {name} or unset it")
        return folder
    package = Path(str(files("yardwatch")))
    for folder in (package.parents[1] / name, package / "_shipped" / name):
        if folder.is_dir():
            return folder
    raise NotConfigured(f"no {name}/ folder beside the checkout or in the installed package; set {setting}")


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; ``overrides`` win.

    Raises:
        BadInput: naming the environment variable that does not parse, and why.
    """
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "YARDWATCH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadInput(f"setting {name}: {first['msg']}; correct or unset it") from None


def contain(settings: Settings) -> None:
    """Keep what our libraries write below the data root and keep them quiet.

    Sets only what the user has not set. Call it before Prefect, matplotlib or Ultralytics is imported.
    """
    root = settings.root
    for name, value in {
        "PREFECT_HOME": str(root / "prefect"),
        "MPLCONFIGDIR": str(root / "matplotlib"),
        "YOLO_CONFIG_DIR": str(root / "ultralytics"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",  # its SQLite is busy with the events of a large run for longer than 10
        # Its server writes each change of a task's state in a transaction of its own unless told otherwise, which
        # takes several times as long as what a look needs besides.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "100",
        "PREFECT_CLIENT_MAX_RETRIES": "10",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # a busy machine needs more than its 20
        "DO_NOT_TRACK": "1",
        "YOLO_AUTOINSTALL": "False",
        "YOLO_OFFLINE": "true",
    }.items():
        os.environ.setdefault(name, value)
