"""Where a running make-believe company is found: its folder, its control address, and what connects to it."""

import json
import os
from pathlib import Path
from typing import Any

from lake.settings import PROJECT_ROOT

LIVE = PROJECT_ROOT / "data" / "companies" / "sandbox"
LIVE_DATA = PROJECT_ROOT / "data" / "sandbox-live"
PORT = 8504
#: Names of environment variables: three that company.yml reads, two that phones and devices need.
CRM_URL, CRM_TOKEN, ERP_URL = "SANDBOX_CRM_URL", "SANDBOX_CRM_TOKEN", "SANDBOX_ERP_URL"
PHONE_TOKEN, MQTT_PASSWORD = "SANDBOX_PHONE_TOKEN", "SANDBOX_MQTT_PASSWORD"  # names, not secrets


def connect(state: dict[str, Any]) -> None:
    """Let this process reach the company's systems: addresses and token into the environment.

    What stands there already wins: a database with a password is known by the environment alone.
    """
    from sandbox.systems.control import own_token

    os.environ.setdefault(CRM_URL, state["crm"])
    os.environ.setdefault(CRM_TOKEN, own_token(Path(state["folder"])))
    os.environ.setdefault(ERP_URL, state["erp"])


def kept_state(folder: Path) -> dict[str, Any] | None:
    """What the company in a folder wrote about itself last; None where there is none."""
    from sandbox.systems.control import STATE_FILE

    path = folder / STATE_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
