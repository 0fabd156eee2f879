"""What people may set on a milestone: owner, threshold and predecessors, laid over what is published."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from actions.errors import InvalidActionError
from actions.kinds import Predecessor, ReplanMilestone, SetMilestone, SetPredecessors, shown
from actions.kinds.base import effective
from actions.records import Action, step_of
from cockpit.services.items import Names
from cockpit.services.words import say

Links = Mapping[str, tuple[Predecessor, ...]]


@dataclass(frozen=True)
class Decided:
    """The newest action on settings and on predecessors of each milestone."""

    settings: Mapping[str, Action] = field(default_factory=dict)
    links: Mapping[str, Action] = field(default_factory=dict)

    def before(self, published_at: dt.datetime) -> Decided:
        """Without what was taken back before a publication: that one says again what the source says."""
        return Decided(*(_holding(each, published_at) for each in (self.settings, self.links)))


def _holding(actions: Mapping[str, Action], published_at: dt.datetime) -> dict[str, Action]:
    return {
        key: each
        for key, each in actions.items()
        if each.undoes_action_id is None or each.done_at >= published_at
    }


def links_of(links: pl.DataFrame, decided: Decided) -> dict[str, tuple[Predecessor, ...]]:
    """What each milestone waits for, by the newest word on it; one that waits for nothing is left out."""
    found: dict[str, list[Predecessor]] = {}
    for row in links.iter_rows(named=True):
        found.setdefault(row["successor_id"], []).append(
            Predecessor(
                predecessor_id=row["predecessor_id"],
                type_code=row["type_code"],
                lag_days=row["lag_days"] or 0,
            )
        )
    standing = {key: tuple(each) for key, each in found.items()}
    for key, action in decided.links.items():
        if isinstance(action.payload, SetPredecessors):
            standing[key] = action.payload.new_links
    return {key: each for key, each in standing.items() if each}


def overlay(network: pl.DataFrame, decided: Decided, published_at: dt.datetime) -> pl.DataFrame:
    """The milestones with what was set since, and `is_pending` where the publication lacks it yet."""
    rows = []
    for row in network.iter_rows(named=True):
        key = row["milestone_id"]
        settings, links = decided.settings.get(key), decided.links.get(key)
        rows.append(
            (
                _owner(settings) or row["owner_id"],
                row["threshold_days"] if _threshold(settings) is None else _threshold(settings),
                links.payload.value() if links else row["predecessor_text"],
                any(each is not None and each.done_at > published_at for each in (settings, links)),
            )
        )
    schema = {
        "owner_id": pl.String,
        "threshold_days": pl.Int64,
        "predecessor_text": pl.String,
        "is_pending": pl.Boolean,
    }
    return network.with_columns(pl.DataFrame(rows, schema=schema, orient="row"))


def _owner(action: Action | None) -> str | None:
    return action.payload.new_owner_id if action and isinstance(action.payload, SetMilestone) else None


def _threshold(action: Action | None) -> int | None:
    return action.payload.new_threshold_days if action and isinstance(action.payload, SetMilestone) else None


# -- what a form makes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """Owner and threshold of one milestone."""

    owner_id: str | None
    threshold_days: int | None


def settings_payload(seen: Settings, chosen: Settings, history: Sequence[Action]) -> SetMilestone:
    """The change from what was seen; what nobody ever set and is not changed now stays with the source."""
    holding = effective([step_of(each) for each in history])
    newest = next(
        (each.payload for each in reversed(holding) if isinstance(each.payload, SetMilestone)), None
    )
    has_owner = chosen.owner_id != seen.owner_id or bool(newest and newest.new_owner_id)
    has_days = chosen.threshold_days != seen.threshold_days or (
        newest is not None and newest.new_threshold_days is not None
    )
    return SetMilestone(
        old_owner_id=seen.owner_id if has_owner else None,
        new_owner_id=chosen.owner_id if has_owner else None,
        old_threshold_days=seen.threshold_days if has_days else None,
        new_threshold_days=chosen.threshold_days if has_days else None,
    )


def predecessors_payload(
    milestone_id: str,
    seen: Sequence[Predecessor],
    chosen: Sequence[Predecessor],
    links: Links,
    names: Mapping[str, str],
) -> SetPredecessors:
    """The change of what a milestone waits for. Raises InvalidActionError, naming the cycle it would make."""
    cycle = cycle_through(milestone_id, [each.predecessor_id for each in chosen], links)
    if cycle:
        raise InvalidActionError(
            "predecessor_cycle", cycle=" → ".join(names.get(each, each) for each in cycle)
        )
    return SetPredecessors(old_links=tuple(seen), new_links=tuple(chosen))


def cycle_through(milestone_id: str, predecessors: Iterable[str], links: Links) -> list[str]:
    """The shortest way from a milestone over those that wait for it back to it; empty without one.

    `links` are the network's; those to the milestone itself are replaced by `predecessors`.
    """
    ends = set(predecessors)
    following: dict[str, list[str]] = {}
    for successor, standing in sorted(links.items()):
        for link in standing:
            if successor != milestone_id:
                following.setdefault(link.predecessor_id, []).append(successor)
    came_from: dict[str, str | None] = {milestone_id: None}
    queue = deque([milestone_id])
    while queue:
        node = queue.popleft()
        if node in ends:
            way: list[str] = [milestone_id]
            at: str | None = node
            while at is not None:
                way.append(at)
                at = came_from[at]
            return way[::-1]
        for each in following.get(node, []):
            if each not in came_from:
                came_from[each] = node
                queue.append(each)
    return []


# -- history -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edit:
    """One change in words: what went from what to what."""

    action: Action
    told: tuple[str, ...]


def edits(histories: Iterable[Sequence[Action]], names: Names) -> list[Edit]:
    """All changes of one milestone, the newest first; each names the fields that changed, old and new."""
    actions = [action for history in histories for action in history]
    newest_first = sorted(actions, key=lambda each: (each.done_at, each.sequence_no), reverse=True)
    return [Edit(each, _told(each, names)) for each in newest_first]


def _told(action: Action, names: Names) -> tuple[str, ...]:
    payload, language = action.payload, names.language

    def change(key: str, old: str, new: str) -> str:
        return say("node_change", language, field=say(key, language), old=old, new=new)

    if isinstance(payload, SetPredecessors):
        return (change("col_predecessor_text", payload.reversed().value(), payload.value()),)
    if isinstance(payload, ReplanMilestone):
        return (change("col_forecast_finish_on", shown(payload.old_on), shown(payload.new_on)),)
    if not isinstance(payload, SetMilestone):
        return (payload.value(),)
    found = []
    if payload.old_owner_id != payload.new_owner_id:
        old, new = (
            names.person(each) if each else "–" for each in (payload.old_owner_id, payload.new_owner_id)
        )
        found.append(change("col_owner_id", old, new))
    if payload.old_threshold_days != payload.new_threshold_days:
        days = (
            "–" if each is None else str(each)
            for each in (payload.old_threshold_days, payload.new_threshold_days)
        )
        found.append(change("col_threshold_days", *days))
    return tuple(found)
