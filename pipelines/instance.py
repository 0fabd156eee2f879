"""The persistent Dagster instance of a lake: its runs, events and schedules, telemetry off."""

from pathlib import Path

import dagster as dg

from lake.settings import Settings

#: Capturing each step's output costs three processes a step, and ours says nothing that its events do not.
CONFIG = """telemetry:
  enabled: false
nux:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def dagster_instance(settings: Settings) -> dg.DagsterInstance:
    """The persistent Dagster instance of this lake."""
    home = dagster_home(settings)
    return dg.DagsterInstance.from_config(str(home))


def dagster_home(settings: Settings) -> Path:
    """The folder of the lake's Dagster instance, made with telemetry off when missing."""
    home = settings.paths.dagster
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
    return home
