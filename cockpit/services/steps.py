"""Steps that people take with items and proposals: what they saw, and storing against just that."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field

from actions.errors import StaleVersionError
from actions.items import Item
from actions.kinds import EscalateItem, Payload
from actions.records import Action, Draft
from actions.store import ActionStore
from cockpit.services.items import Names, step_words
from lake.text import text


@dataclass(frozen=True)
class Seen:
    """What somebody saw of a subject when a button or form was drawn; a write is only taken against it."""

    subject_id: str
    version: int
    publication_name: str | None = None
    subject_type: str = "item"


@dataclass(frozen=True)
class Form:
    """An open form: its action id, made when it opened, makes a double click one action."""

    seen: Seen
    verb: str
    action_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def pressed_id(verb: str, seen: Seen, who: str) -> str:
    """The id of what one press does: pressed twice by one person, it is one action."""
    digest = hashlib.sha256(f"{verb}|{seen.subject_type}|{seen.subject_id}|{seen.version}|{who}".encode())
    return f"{verb}-{digest.hexdigest()[:32]}"


@dataclass(frozen=True)
class Said:
    """Who does it, and why in code and words."""

    who: str
    reason_code: str = ""
    reason: str = ""


def take(store: ActionStore, seen: Seen, payload: Payload, said: Said, action_id: str) -> Action:
    """Store one step. Raises what ActionStore.record raises."""
    return store.record(
        Draft(
            action_id=action_id,
            subject_id=seen.subject_id,
            payload=payload,
            expected_version=seen.version,
            reason_code=said.reason_code,
            reason=said.reason,
            done_by=said.who,
            publication_name=seen.publication_name,
            about_type=seen.subject_type,
        )
    )


def take_back(store: ActionStore, action: Action, who: str, language: str) -> Action:
    """Undo the newest step of a subject; its id follows from the step, so that a repeat is no second undo."""
    return store.undo(
        action.action_id,
        new_action_id=f"undo-{action.action_id}",
        expected_version=action.version,
        reason=text("actions.undo_reason", language, reason=action.reason).rstrip("：: "),
        done_by=who,
    )


def escalation(item: Item) -> EscalateItem:
    """To whom the rule says that it goes next."""
    opening = item.opening
    role = opening.escalate_role_code or opening.owner_role_code
    return EscalateItem(to_role_code=role, to_id=opening.escalate_to_id)


def stale_words(error: StaleVersionError, payload: Payload, theirs: Payload | None, names: Names) -> str:
    """The refusal with both steps in words instead of their codes."""
    told = step_words(theirs, names) if theirs is not None else error.theirs
    values = error.values | {"yours": step_words(payload, names), "theirs": told}
    return text("actions.stale", names.language, **values)
