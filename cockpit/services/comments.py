"""Comments beside an item: its thread in order, and adding to it whoever else writes at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from actions.errors import StaleVersionError
from actions.items import Item
from actions.kinds import Comment
from actions.kinds.base import effective
from actions.records import Action, Draft, step_of
from actions.store import ActionStore
from cockpit.services.items import Names

#: So often somebody else may be quicker before the writer is told.
TRIES = 20


@dataclass(frozen=True)
class Said:
    """One comment of a thread; `holds` is false for one that was taken back."""

    action: Action
    words: str
    holds: bool


def subject_of(item: Item) -> str:
    """What a comment about an item is said of; the next item of the same thing has a thread of its own."""
    return f"item:{item.item_id}"


def thread(actions: Sequence[Action]) -> list[Said]:
    """The comments in the order they were made; taking one back is no line of its own."""
    holding = {step.action_id for step in effective([step_of(each) for each in actions])}
    return [
        Said(each, each.payload.words, each.action_id in holding)
        for each in actions
        if isinstance(each.payload, Comment) and each.undoes_action_id is None
    ]


def table(comments: Sequence[Said], names: Names) -> pl.DataFrame:
    """The thread as a file holds it: what was taken back is left out."""
    rows = [
        (each.action.done_at, names.author(each.action.done_by), each.words)
        for each in comments
        if each.holds
    ]
    schema = {"comment_at": pl.Datetime("us"), "comment_by": pl.String, "comment_words": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def add(
    store: ActionStore, subject_id: str, words: str, who: str, action_id: str, publication: str
) -> Action:
    """Store a comment behind all that are there; the same id again is the same comment.

    Two who write at once both keep their words: a thread has an order, and nobody changes another's value.
    Raises what ActionStore.record raises.
    """
    for remaining in reversed(range(TRIES)):
        version = len(store.history(Comment.subject_type, subject_id))
        draft = Draft(
            action_id, subject_id, Comment(words=words), version, "", "", who, publication_name=publication
        )
        try:
            return store.record(draft)
        except StaleVersionError:
            if not remaining:
                raise
    raise AssertionError("unreachable: the last try returns or raises")
