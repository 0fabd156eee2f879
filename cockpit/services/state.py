"""How what is read stands: published, last night's outcome, failed checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from cockpit.services.tiles import Doubt
from cockpit.services.words import say
from lake.publication import LastRun, Publication


@dataclass(frozen=True)
class Notice:
    """One banner; `kind` is watch (figures in doubt) or bad (an old state is served)."""

    kind: Literal["watch", "bad"]
    text: str


def doubt(checks: pl.DataFrame) -> Doubt:
    """Which assets failed an error-level check in the published run."""
    failed = checks.filter(~pl.col("is_passed") & (pl.col("severity_code") == "error"))
    return Doubt(frozenset(failed["asset_name"].drop_nulls().to_list()))


def failed_checks(checks: pl.DataFrame) -> int:
    """Error-level checks that failed in the published run."""
    return checks.filter(~pl.col("is_passed") & (pl.col("severity_code") == "error")).height


def past_notices(
    publication: Publication, newest: Publication | None, unknown: str, language: str
) -> list[Notice]:
    """That an older state is shown, or that the address names a state there is not."""
    found = []
    if unknown:
        found.append(Notice("watch", say("as_of_unknown", language, asked=unknown, served=publication.name)))
    if newest is not None and newest.name != publication.name:
        as_of, today = publication.as_of_on.isoformat(), newest.as_of_on.isoformat()
        found.append(Notice("watch", say("as_of_past", language, as_of=as_of, newest=today)))
    return found


def notices(publication: Publication, run: LastRun | None, failed: int, language: str) -> list[Notice]:
    """What a reader must know before trusting the figures, worst first."""
    found = []
    if run is not None and run.status_code == "failed":
        found.append(
            Notice(
                "bad",
                say("night_failed", language, as_of=run.as_of_on.isoformat(), served=publication.name)
                + (f" {run.message}" if run.message else ""),
            )
        )
    if failed:
        found.append(Notice("watch", say("checks_failed", language, count=failed)))
    return found
