"""What a rule would have opened over the last days, had it been there: the same functions, an empty store.

A rule on facts is asked day by day over today's file, whose date columns say what stood on each day. A rule
on publications is asked of each file that was published in that time; days without one say nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actions.evaluation import RULES, decide
from actions.findings import Finding, Skipped, find
from actions.items import ItemBook
from actions.kinds.base import Step
from actions.kinds.items import OpenItem
from actions.rule_files import Rule

if TYPE_CHECKING:
    import duckdb

#: When a business date's night is over, as far as the clock of escalation is concerned.
_NIGHT = dt.time(2)


@dataclass(frozen=True)
class Opening:
    """An item that would have opened on a day."""

    on: dt.date
    opening: OpenItem


@dataclass(frozen=True)
class DryRun:
    """A rule over a time that has passed.

    `standing` is what the first day found at once: a rule switched on then would have opened it on that day.
    """

    rule_id: str
    version: int
    history: str
    first_on: dt.date
    last_on: dt.date
    day_count: int
    openings: tuple[Opening, ...] = ()
    cleared_count: int = 0
    escalated_count: int = 0
    skipped: Skipped | None = None

    @property
    def standing_count(self) -> int:
        """Openings of the first day."""
        return sum(each.on == self.first_on for each in self.openings)


def dry_run(
    rule: Rule,
    con: duckdb.DuckDBPyConnection,
    as_of_on: dt.date,
    days: int = 90,
    earlier: Iterable[tuple[dt.date, duckdb.DuckDBPyConnection]] = (),
) -> DryRun:
    """The rule over the `days` up to and with `as_of_on`, the date of `con`; nothing is stored.

    `earlier` are files published before, with their dates, for rules whose history is publications. Nobody
    answers in a dry run: an item that only a person can close stays open, as it would have.
    """
    first_on = as_of_on - dt.timedelta(days=days - 1)
    readings = _readings(rule, con, as_of_on, first_on, earlier)
    chains: dict[str, list[Step]] = defaultdict(list)
    openings: list[Opening] = []
    cleared = escalated = 0
    for day, reading in readings:
        findings, skipped = find(rule, reading, day)
        if skipped is not None:
            return DryRun(rule.rule_id, rule.version, rule.history, first_on, as_of_on, 0, skipped=skipped)
        writes = _decide(rule, findings, chains, day)
        openings += [Opening(day, step.payload) for step in writes if isinstance(step.payload, OpenItem)]
        cleared += sum(step.action_id.startswith("clear") for step in writes)
        escalated += sum(step.action_id.startswith("escalate") for step in writes)
    return DryRun(
        rule.rule_id,
        rule.version,
        rule.history,
        readings[0][0],
        as_of_on,
        len(readings),
        tuple(openings),
        cleared,
        escalated,
    )


def _readings(
    rule: Rule,
    con: duckdb.DuckDBPyConnection,
    as_of_on: dt.date,
    first_on: dt.date,
    earlier: Iterable[tuple[dt.date, duckdb.DuckDBPyConnection]],
) -> list[tuple[dt.date, duckdb.DuckDBPyConnection]]:
    if rule.history == "facts":
        count = (as_of_on - first_on).days + 1
        return [(first_on + dt.timedelta(days=number), con) for number in range(count)]
    # Of several publications of one date the last one given counts.
    by_day = {day: reading for day, reading in earlier if first_on <= day < as_of_on}
    return [*sorted(by_day.items(), key=lambda each: each[0]), (as_of_on, con)]


def _decide(rule: Rule, findings: list[Finding], chains: dict[str, list[Step]], day: dt.date) -> list[Step]:
    now = dt.datetime.combine(day + dt.timedelta(days=1), _NIGHT)
    evaluation = decide([rule], findings, ItemBook.of(chains), day, now)
    steps = []
    for write in evaluation.writes:
        step = Step(write.action_id, write.payload, RULES, now)
        chains[write.chain_id].append(step)
        steps.append(step)
    return steps
