"""The action store as the cockpit uses it: one store by settings; only what is folded from it is cached."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import streamlit as st

from actions.corrections import standing
from actions.items import ItemBook
from actions.kinds import AcceptAlternative, CorrectRow, OverrideForecast, ReportProgress
from actions.kinds.approvals import Proposal, approval_of
from actions.kinds.base import Step, effective
from actions.outbound import Outbound, queue
from actions.records import Action, step_of
from actions.store import ActionStore
from lake.settings import Settings

#: The types of subject that somebody may propose something about.
PROPOSAL_SUBJECTS = ("forecast", "proposal", "alternative", "item")


@dataclass(frozen=True)
class Waiting:
    """A proposal above its limit that waits for a second person, with the version of its subject."""

    action: Action
    version: int


@dataclass(frozen=True)
class Taken:
    """What was decided of a late purchase line: the option that stands, None when it was taken back.

    With it how its approval stands, and the version of the subject.
    """

    action: Action | None
    approval_code: str
    version: int


@st.cache_resource(show_spinner=False)
def _store(where: str, _settings: Settings) -> ActionStore:
    return ActionStore.open(_settings)


def decisions(settings: Settings) -> ActionStore:
    """The action store of these settings; shared by all sessions of this server."""
    return _store(_where(settings), settings)


def item_book(settings: Settings, until_at: dt.datetime | None = None) -> ItemBook:
    """All items as they stand, or as they stood at a time (naive UTC). Raises StoreUnavailableError."""
    store = decisions(settings)
    return _book(_where(settings), store.last_sequence_no(), until_at, store)


def waiting_proposals(settings: Settings) -> list[Waiting]:
    """What waits for a second person, the oldest first. Raises StoreUnavailableError."""
    store = decisions(settings)
    return _waiting(_where(settings), store.last_sequence_no(), store)


def newest_progress(settings: Settings) -> dict[str, Action]:
    """The newest report of progress of each milestone. Raises StoreUnavailableError."""
    return decisions(settings).newest(ReportProgress.kind_code)


def alternatives_taken(settings: Settings) -> dict[str, Taken]:
    """The alternative that stands for each late purchase line, by line. Raises StoreUnavailableError."""
    store = decisions(settings)
    return _taken(_where(settings), store.last_sequence_no(), store)


def override_chains(settings: Settings, until_at: dt.datetime | None = None) -> list[list[Action]]:
    """What was done to each forecast that somebody overrode, oldest first. Raises StoreUnavailableError.

    Of a past state only what had been done by then (naive UTC).
    """
    store = decisions(settings)
    return _chains(_where(settings), store.last_sequence_no(), until_at, store)


def row_decisions(settings: Settings) -> dict[str, Step]:
    """What holds of each quarantined row that somebody decided about. Raises StoreUnavailableError."""
    store = decisions(settings)
    return _row_decisions(_where(settings), store.last_sequence_no(), store)


def outbound_queue(settings: Settings) -> list[Outbound]:
    """Approved actions for other systems, and what became of them. Raises StoreUnavailableError."""
    store = decisions(settings)
    return _outbound(_where(settings), store.last_sequence_no(), store)


# What is folded is kept by the number of the newest action: any write of anybody makes it anew.
@st.cache_resource(show_spinner=False, max_entries=8)
def _book(where: str, last: int, until_at: dt.datetime | None, _store: ActionStore) -> ItemBook:
    actions = _store.events(subject_type="item")
    return ItemBook.of_actions(each for each in actions if until_at is None or each.done_at <= until_at)


@st.cache_resource(show_spinner=False, max_entries=4)
def _chains(where: str, last: int, until_at: dt.datetime | None, _store: ActionStore) -> list[list[Action]]:
    subjects: dict[str, list[Action]] = {}
    for action in _store.events(subject_type=OverrideForecast.subject_type):
        if until_at is None or action.done_at <= until_at:
            subjects.setdefault(action.subject_id, []).append(action)
    return list(subjects.values())


@st.cache_resource(show_spinner=False, max_entries=4)
def _outbound(where: str, last: int, _store: ActionStore) -> list[Outbound]:
    return queue(_store.events())


@st.cache_resource(show_spinner=False, max_entries=4)
def _row_decisions(where: str, last: int, _store: ActionStore) -> dict[str, Step]:
    return standing(_store.events(subject_type=CorrectRow.subject_type))


@st.cache_resource(show_spinner=False, max_entries=4)
def _waiting(where: str, last: int, _store: ActionStore) -> list[Waiting]:
    subjects: dict[tuple[str, str], list[Action]] = {}
    for subject_type in PROPOSAL_SUBJECTS:
        for action in _store.events(subject_type=subject_type):
            subjects.setdefault((subject_type, action.subject_id), []).append(action)
    found = []
    for actions in subjects.values():
        steps = [step_of(each) for each in actions]
        if approval_of(steps) == "waiting":
            proposal = [each for each in actions if isinstance(each.payload, Proposal)][-1]
            found.append(Waiting(proposal, actions[-1].version))
    return sorted(found, key=lambda each: each.action.sequence_no)


@st.cache_resource(show_spinner=False, max_entries=4)
def _taken(where: str, last: int, _store: ActionStore) -> dict[str, Taken]:
    subjects: dict[str, list[Action]] = {}
    for action in _store.events(subject_type=AcceptAlternative.subject_type):
        subjects.setdefault(action.subject_id, []).append(action)
    found = {}
    for subject, actions in subjects.items():
        steps = [step_of(each) for each in actions]
        holding = {each.action_id for each in effective(steps)}
        standing = [each for each in actions if each.action_id in holding and _is_option(each)]
        newest = standing[-1] if standing else None
        found[subject] = Taken(newest, approval_of(steps), actions[-1].version)
    return found


def _is_option(action: Action) -> bool:
    return isinstance(action.payload, AcceptAlternative) and action.undoes_action_id is None


def _where(settings: Settings) -> str:
    return settings.actions_url.get_secret_value() if settings.actions_url else str(settings.paths.actions)
