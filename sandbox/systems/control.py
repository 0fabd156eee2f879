"""The running company behind one loopback port: the CRM for whoever has the token, and the clock.

`GET /state` tells day, addresses, rows and what was sent; `POST /clock {"days": 1}` moves on and answers when
every system shows the new day and all that was sent is acknowledged.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox.systems.company import Company
from sandbox.systems.crm import Crm, Moods
from sandbox.systems.devices import DevicesError
from sandbox.systems.phones import PhonesError

HOST = "127.0.0.1"
STATE_FILE, TOKEN_FILE = "state.json", "crm.token"
MOST_DAYS = 366


class Service:
    """A company's systems on a port; `serve` runs until a signal ends it."""

    def __init__(self, company: Company, token: str, port: int = 0, moods: Moods | None = None) -> None:
        self.company, self.moving = company, Lock()
        self.crm = Crm(company.crm, token, moods)
        company.switch = self._switch
        self.socket = socket.create_server((HOST, port))
        self.url = f"http://{HOST}:{self.socket.getsockname()[1]}"
        routes = [
            Route("/state", self._told),
            Route("/clock", self._moved, methods=["POST"]),
            Mount("/", self.crm.app),
        ]
        self.app = Starlette(routes=routes)

    def serve(self, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or Ctrl-C; `ready` is called when requests are taken."""
        write_state(self.company.plan.folder, self.state())
        config = uvicorn.Config(
            self.app, log_level="warning", lifespan="off", timeout_graceful_shutdown=5, access_log=False
        )
        # uvicorn, when it has stopped, raises the signal once more: we have things to close then.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        ready()
        uvicorn.Server(config).run(sockets=[self.socket])

    def state(self) -> dict[str, Any]:
        """Day, addresses without secrets, rows by table, and what was sent."""
        company, plan = self.company, self.company.plan
        return {
            "today": company.today.isoformat(),
            "born_on": company.born_on.isoformat(),
            "seed": plan.seed,
            "scale": plan.scale,
            "control": self.url,
            "crm": f"{self.url}/odata",
            "erp": company.erp.shown_url,
            "folder": str(plan.folder),
            "broker": plan.broker.shown if plan.broker else None,
            "intake": plan.phones.url if plan.phones else None,
            "intake_health": plan.intake_health,
            "tables": company.counts(),
            "sent": asdict(company.sent),
            "crm_requests": {
                name: getattr(self.crm.meter, name) for name in ("requests", "limited", "failed")
            },
        }

    def _switch(self, change: Callable[[], None]) -> None:
        with self.crm.lock:
            change()

    def _told(self, request: Request) -> Response:
        return JSONResponse(self.state())

    async def _moved(self, request: Request) -> Response:
        days = _days(await request.body())
        if days is None:
            return _error(400, f"days: a whole number from 0 to {MOST_DAYS}")
        return await run_in_threadpool(self._move, days)

    def _move(self, days: int) -> Response:
        if not self.moving.acquire(blocking=False):
            return _error(409, "the clock is being moved already")
        try:
            self.company.move(days)
            state = self.state()
            write_state(self.company.plan.folder, state)
            return JSONResponse(state)
        except (DevicesError, PhonesError) as error:
            return _error(503, f"{error}. The day stays due: move the clock again, by 0 days.")
        finally:
            self.moving.release()


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Write the state, whole or not at all."""
    draft = folder / f".{STATE_FILE}"
    draft.write_text(json.dumps(state, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(folder / STATE_FILE)


def own_token(folder: Path) -> str:
    """The CRM's token for a company that was given none: made once, readable by its owner only."""
    path = folder / TOKEN_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def _days(body: bytes) -> int | None:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return None
    days = content.get("days", 1) if isinstance(content, dict) else None
    is_number = isinstance(days, int) and not isinstance(days, bool)
    return days if is_number and 0 <= days <= MOST_DAYS else None


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
