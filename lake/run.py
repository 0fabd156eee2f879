"""One run: who wrote a row, and for which business date."""

import uuid
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
    """A fresh run; its id is a UUID because Dagster's run carries the same one."""
    return RunContext(str(uuid.uuid4()), as_of_on, utc_now(), kind)
