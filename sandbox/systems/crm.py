"""The sandbox company's CRM with an OData v4 interface, as moody as real ones: limits, failures, tombstones.

`GET /odata` lists the entity sets, `GET /odata/<set>` gives their pages to whoever has the token, `POST
/clock {"days": 1}` moves the company on.
"""

from __future__ import annotations

import hmac
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.days import Days
from sandbox.systems.odata import QueryError, answer
from sandbox.systems.owners import crm_tables
from sandbox.systems.records import Records

PREFERENCE = "odata.maxpagesize="


@dataclass
class Moods:
    """How hard the service is to live with. Requests a second (None: no limit), and the share that fails."""

    rate: float | None = 20.0
    burst: int = 40
    failing_share: float = 0.01
    seed: int = 1


@dataclass
class Meter:
    """What the service did, for who watches it: requests, refusals, failures, and rows sent by entity set."""

    requests: int = 0
    limited: int = 0
    failed: int = 0
    rows_sent: dict[str, int] = field(default_factory=dict)


class Limiter:
    """A bucket of requests that fills again at a rate; `now` is a clock in seconds."""

    def __init__(self, rate: float | None, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.now = rate, burst, now
        self.left, self.at = float(burst), now()

    def wait(self) -> int:
        """Take a request from the bucket; 0, or the seconds after which to come again."""
        if self.rate is None:
            return 0
        moment = self.now()
        self.left, self.at = min(self.burst, self.left + (moment - self.at) * self.rate), moment
        if self.left < 1:
            return math.ceil((1 - self.left) / self.rate)
        self.left -= 1
        return 0


def crm_records(seed: int, scale: float, until: date, days: Days | None = None) -> Records:
    """The CRM's records on a day; the same arguments give the same ones, stamps included.

    `days` is the company whose CRM it is; without one it is a company of its own, without dirt.
    """
    company = days or Days(seed, scale, is_soiled=False)
    names = {contract.entities: contract.name for contract in crm_tables()}

    def frames(day: date) -> dict[str, pl.DataFrame]:
        made = company.frames(day)
        return {entities: made[name] for entities, name in names.items()}

    keys = {contract.entities: tuple(contract.key) for contract in crm_tables()}
    return Records(frames, keys, until, shrinking=("tags",))


class Crm:
    """The service over `records`; `app` is what a server runs."""

    def __init__(self, records: Records, token: str, moods: Moods | None = None) -> None:
        self.records, self.token, self.moods = records, token, moods or Moods()
        self.meter = Meter()
        self.limiter = Limiter(self.moods.rate, self.moods.burst)
        self.lots = random.Random(self.moods.seed)
        self.lock = threading.Lock()
        self.app = Starlette(
            routes=[
                Route("/odata", self._guarded(self.sets)),
                Route("/odata/{name}", self._guarded(self.page)),
                Route("/clock", self._guarded(self.clock, is_moody=False), methods=["GET", "POST"]),
            ]
        )

    def sets(self, request: Request) -> Response:
        """The service document."""
        value = [{"name": name, "kind": "EntitySet", "url": name} for name in self.records.keys]
        return JSONResponse({"@odata.context": f"{request.url}/$metadata", "value": value})

    def page(self, request: Request) -> Response:
        """One page of an entity set."""
        name = request.path_params["name"]
        if name not in self.records.keys:
            return _error(404, f"there is no entity set {name}")
        address = str(request.url.replace(query=""))
        size = _preferred(request.headers.get("prefer", ""))
        rows, key = self.records.rows(name), self.records.keys[name]
        try:
            found = answer(rows, key, request.query_params, address.rstrip("?"), size)
        except QueryError as error:
            return _error(400, str(error))
        self.meter.rows_sent[name] = self.meter.rows_sent.get(name, 0) + len(found["value"])
        return JSONResponse(found, headers={"OData-Version": "4.0"})

    def clock(self, request: Request, body: dict | None = None) -> Response:
        """What day it is; posted with `days`, the day after that many."""
        if request.method == "POST":
            days = (body or {}).get("days", 1)
            if not isinstance(days, int) or days < 1:
                return _error(400, "days: a whole number of at least 1")
            self.records.advance(days)
        return JSONResponse({"today": self.records.today.isoformat()})

    def _guarded(self, handler: Callable[..., Response], *, is_moody: bool = True) -> Callable:
        async def handle(request: Request) -> Response:
            body = await _body(request) if request.method == "POST" else None
            with self.lock:
                self.meter.requests += 1
                refusal = self._refusal(request, is_moody=is_moody)
                if refusal is not None:
                    return refusal
                return handler(request, body) if handler == self.clock else handler(request)

        return handle

    def _refusal(self, request: Request, *, is_moody: bool) -> Response | None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return _error(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
        if not is_moody:
            return None
        wait = self.limiter.wait()
        if wait:
            self.meter.limited += 1
            return _error(429, "too many requests", {"Retry-After": str(wait)})
        if self.lots.random() < self.moods.failing_share:
            self.meter.failed += 1
            return _error(500, "the service stumbled")
        return None


async def _body(request: Request) -> dict:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _preferred(header: str) -> int | None:
    wanted = [part.strip().removeprefix(PREFERENCE) for part in header.split(",") if PREFERENCE in part]
    return int(wanted[0]) if wanted and wanted[0].isdecimal() and int(wanted[0]) else None


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": str(status), "message": message}}, status, headers)
