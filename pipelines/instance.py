"""The persistent Dagster instance of a lake: its runs, events and schedules, telemetry off."""

import json
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
event_log_storage:
  module: pipelines.event_log
  class: HeldEventLogStorage
  config:
    base_dir: {events}
"""


def dagster_instance(settings: Settings) -> dg.DagsterInstance:
    """The persistent Dagster instance of this lake."""
    home = dagster_home(settings)
    return dg.DagsterInstance.from_config(str(home))


def dagster_home(settings: Settings) -> Path:
    """The folder of the lake's Dagster instance; its file says how this version wants it, telemetry off."""
    home = settings.paths.dagster
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    # Where Dagster itself keeps events: those of earlier versions stay readable.
    wanted = CONFIG.format(events=json.dumps(str(home.absolute() / "history" / "runs")))
    if not config.exists() or config.read_text(encoding="utf-8") != wanted:
        config.write_text(wanted, encoding="utf-8")
    return home
