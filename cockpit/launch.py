"""How the cockpit is started: the command and its environment, for `gantry up` and for tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lake.settings import PROJECT_ROOT, Settings, child_environment

#: The script of every page, and what serves it.
ENTRY_POINT = Path(__file__).with_name("app.py")
SERVER = Path(__file__).with_name("server.py")
HEALTH_PATH = "/_stcore/health"


def command(settings: Settings) -> list[str]:
    """The command that serves the cockpit on this machine at `settings.cockpit_port`.

    Run it with `environment(settings)`. Theme and static files come from `.streamlit` and `static` beside the
    script that is served, so the working folder does not matter.
    """
    options = {
        "server.address": "127.0.0.1",
        "server.port": settings.cockpit_port,
        "server.headless": "true",
        "server.enableStaticServing": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "streamlit", "run", str(SERVER), *flags]


def environment(settings: Settings) -> dict[str, str]:
    """The environment for `command`: the same settings, and this project importable from anywhere."""
    inherited = child_environment(settings)
    paths = [str(PROJECT_ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
    extra = {"PYTHONPATH": os.pathsep.join(paths)}
    if settings.actions_url:
        extra["GANTRY_ACTIONS_URL"] = settings.actions_url.get_secret_value()
    return inherited | extra


def address(settings: Settings) -> str:
    """Where readers find it."""
    return f"http://127.0.0.1:{settings.cockpit_port}"
