"""One run: who wrote a row, and for which business date."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Kind = Literal["night", "refresh", "ingest"]


@dataclass(frozen=True)
class RunContext:
    """What every step of a run needs to know; the only place where a run meets the clock."""

    run_id: str
    as_of_on: date
    started_at: datetime
    kind: Kind = "night"


def utc_now() -> datetime:
    """Now as a naive UTC timestamp, the form in which the lake keeps time."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_run(as_of_on: date, kind: Kind = "night") -> RunContext:
    """A fresh run whose id sorts by its start."""
    started_at = utc_now()
    return RunContext(f"{started_at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}", as_of_on, started_at, kind)
