"""What changed between two publications, ranked by what is at risk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Standing, standing
from cockpit.services.words import say

#: A forecast that moves less than this is the same forecast of another day.
MOVED_DAYS = 3
_BETTER = ("bad", "watch", "good")


@dataclass(frozen=True)
class State:
    """What one publication says of the things that are compared."""

    milestones: pl.DataFrame
    items: pl.DataFrame
    suppliers: pl.DataFrame
    customers: pl.DataFrame
    #: What a supplier's score shall reach, as the registered figure has it; None: no target, and no bands.
    supplier_target: float | None = None


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise than it was: where it stands, and what hangs on it."""

    kind: str
    subject_id: str
    title: str
    told: str
    value_amount: float | None
    standing: Standing | None
    page: str
    parameters: dict[str, str] = field(default_factory=dict)


def changes(before: State, after: State, language: str) -> list[Change]:
    """What is new, gone or moved, the highest value first; one entry a thing.

    An item that opened speaks for its milestone; a milestone that finished or fell behind for its forecast.
    """
    items = _items(before.items, after.items, language)
    told = {each.parameters["about"] for each in items if each.kind == "opened"}
    found = [
        *(Change(**{**vars(each), "parameters": {"item": each.parameters["item"]}}) for each in items),
        *_milestones(before.milestones, after.milestones, told, language),
        *_moved(
            before.suppliers,
            after.suppliers,
            "supplier_id",
            partial(_supplier, target=after.supplier_target),
            language,
        ),
        *_moved(before.customers, after.customers, "customer_id", _customer, language),
    ]
    return sorted(found, key=_rank)


def _rank(change: Change) -> tuple[object, ...]:
    grave = ("bad", "watch", "good", None).index(change.standing)
    return (change.value_amount is None, -(change.value_amount or 0.0), grave, change.kind, change.subject_id)


def _pairs(before: pl.DataFrame, after: pl.DataFrame, key: str) -> Iterable[tuple[dict | None, dict]]:
    old = {row[key]: row for row in before.iter_rows(named=True)}
    return ((old.get(row[key]), row) for row in after.iter_rows(named=True))


def _items(before: pl.DataFrame, after: pl.DataFrame, language: str) -> list[Change]:
    found = []
    for old, new in _pairs(before, after, "item_id"):
        was_open = old is not None and old["is_open"]
        if new["is_open"] == was_open:
            continue
        closed = say("change_closed", language, by=new["closed_by"] or numbers.NO_DATA)
        found.append(
            Change(
                kind="opened" if new["is_open"] else "closed",
                subject_id=new["item_id"],
                title=new[f"told_{language}"] or new["rule_id"],
                told=say("change_opened", language) if new["is_open"] else closed,
                value_amount=new["value_amount"],
                standing="bad" if new["is_open"] else "good",
                page="actions",
                parameters={"item": new["item_id"], "about": f"{new['about_type_code']}:{new['about_id']}"},
            )
        )
    # What opened and closed between two looks is over before anybody saw it.
    return [each for each in found if each.kind == "opened" or each.subject_id in set(before["item_id"])]


def _milestones(before: pl.DataFrame, after: pl.DataFrame, told: set[str], language: str) -> list[Change]:
    found = []
    for old, new in _pairs(before, after, "milestone_id"):
        if old is None or f"milestone:{new['milestone_id']}" in told:
            continue
        says = _milestone(old, new, language)
        if says is not None:
            kind, standing, words = says
            found.append(
                Change(
                    kind=kind,
                    subject_id=new["milestone_id"],
                    title=f"{new['project_name']} · {new['name']}",
                    told=words,
                    value_amount=new["value_amount"],
                    standing=standing,
                    page="projects",
                    parameters={"project": new["project_id"]},
                )
            )
    return found


def _milestone(old: dict, new: dict, language: str) -> tuple[str, Standing, str] | None:
    if new["is_finished"] and not old["is_finished"]:
        late = new["days_late"] or 0
        words = say("change_finished", language, date=numbers.date(new["finished_on"]))
        return "finished", "watch" if late > 0 else "good", words
    if new["is_overdue"] and not old["is_overdue"]:
        words = say("change_overdue", language, days=numbers.count(new["days_late"], language))
        return "overdue", "bad", words
    if new["is_finished"] or new["finish_p50_on"] is None or old["finish_p50_on"] is None:
        return None
    days = (new["finish_p50_on"] - old["finish_p50_on"]).days
    if abs(days) < MOVED_DAYS:
        return None
    words = say(
        "change_moved",
        language,
        days=numbers.days_late(days),
        date=numbers.date(new["finish_p50_on"]),
    )
    return "moved", "bad" if days > 0 else "good", words


def _moved(
    before: pl.DataFrame,
    after: pl.DataFrame,
    key: str,
    tell: Callable[[dict[str, Any], dict[str, Any], str], tuple[str, Standing | None, str] | None],
    language: str,
) -> list[Change]:
    found = []
    for old, new in _pairs(before, after, key):
        says = tell(old, new, language) if old is not None else None
        if says is not None:
            kind, standing, words = says
            subject = key.removesuffix("_id")
            place = {"page": f"{subject}s", "parameters": {subject: new[key]}}
            found.append(
                Change(kind, new[key], new["name"], words, new["value_amount"], standing, **place)  # type: ignore[arg-type]
            )
    return found


def _supplier(
    old: dict, new: dict, language: str, target: float | None
) -> tuple[str, Standing | None, str] | None:
    """A score that stands otherwise against its target, by the target of now."""
    was, now = (standing(row["score"], target, "higher") for row in (old, new))
    if was is None or now is None or was == now:
        return None
    words = say(
        "change_supplier",
        language,
        old=numbers.decimal(old["score"], 0),
        new=numbers.decimal(new["score"], 0),
    )
    return "supplier", "good" if _BETTER.index(now) > _BETTER.index(was) else "bad", words


def _customer(old: dict, new: dict, language: str) -> tuple[str, Standing | None, str] | None:
    if new["is_silent"] and not old["is_silent"]:
        return "silent", "bad", say("change_silent", language)
    if old["is_silent"] and new["is_silent"] is False:
        return "back", "good", say("change_back", language)
    was, now = old["tier_code"], new["tier_code"]
    if was is None or now is None or was == now:
        return None
    return "tier", None, say("change_tier", language, old=was, new=now)
