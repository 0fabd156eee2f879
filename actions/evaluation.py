"""What the rules find on a business date, and what follows for the items: open, clear, escalate.

`evaluate` asks the published tables and writes nothing; `decide` is pure; `apply` writes to the store. A
second run on the same day finds everything as it is and changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from actions.errors import ActionError
from actions.findings import Finding, Skipped, find
from actions.items import CLEARED, DISMISSED, OPEN, Item, ItemBook
from actions.kinds.base import Payload
from actions.kinds.items import ClearItem, EscalateItem, OpenItem
from actions.rule_files import Rule, enabled
from actions.store import ActionStore, Draft

if TYPE_CHECKING:
    import duckdb

#: Who the store says has done what no person did.
RULES = "rules"
# A missing placeholder must not keep an alert from opening.
_ABSENT = "–"


@dataclass(frozen=True)
class Write:
    """An event to be stored: on which chain, over which version."""

    chain_id: str
    version: int
    payload: Payload
    action_id: str


@dataclass(frozen=True)
class Merged:
    """A finding that opened nothing, since an open item of another rule has the same cause."""

    finding: Finding
    into_chain_id: str


@dataclass(frozen=True)
class Evaluation:
    """What the rules say of one business date."""

    as_of_on: dt.date
    opened: tuple[Write, ...] = ()
    cleared: tuple[Write, ...] = ()
    escalated: tuple[Write, ...] = ()
    merged: tuple[Merged, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    #: Findings whose item is open already, and those whose occasion was settled before.
    standing_count: int = 0
    settled_count: int = 0

    @property
    def writes(self) -> tuple[Write, ...]:
        """All events in the order they are to be stored."""
        return (*self.cleared, *self.opened, *self.escalated)


def evaluate(
    rules: Iterable[Rule],
    con: duckdb.DuckDBPyConnection,
    as_of_on: dt.date,
    book: ItemBook,
    now: dt.datetime,
    currency_code: str | None = None,
) -> Evaluation:
    """All enabled rules over a read-only connection to the published file, against the items as they stand.

    `now` (naive UTC) is what the clock of escalation is held against; business dates come from `as_of_on`.
    """
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    spoken = []
    for rule in enabled(rules):
        found, problem = find(rule, con, as_of_on)
        findings += found
        if problem is None:
            spoken.append(rule)
        else:
            skipped.append(problem)
    return decide(spoken, findings, book, as_of_on, now, currency_code, skipped)


# -- what follows -------------------------------------------------------------------------------------------


def decide(
    rules: Sequence[Rule],
    findings: Sequence[Finding],
    book: ItemBook,
    as_of_on: dt.date,
    now: dt.datetime,
    currency_code: str | None = None,
    skipped: Sequence[Skipped] = (),
) -> Evaluation:
    """Openings, clearings and escalations; `rules` are those that could speak.

    One open item a rule and thing, and one a cause over all rules: of two findings the rule of lower rank
    opens. An occasion that a person settled is not opened again.
    """
    found = {each.chain_id for each in findings}
    cleared = [_clearing(item, rule, book, as_of_on) for item, rule in _gone(rules, found, book)]
    going = {write.chain_id for write in cleared}
    causes = {
        item.opening.cause_key: item.chain_id for item in book.open_items() if item.chain_id not in going
    }
    opened: dict[str, Write] = {}
    merged: list[Merged] = []
    standing = settled = 0
    for each in sorted(findings, key=_order):
        last = book.last(each.chain_id)
        if each.chain_id in opened or (last is not None and last.is_open):
            standing += 1
        elif _is_settled(book.chains.get(each.chain_id, ()), each, as_of_on):
            settled += 1
        elif each.cause_key in causes:
            merged.append(Merged(each, causes[each.cause_key]))
        else:
            causes[each.cause_key] = each.chain_id
            opened[each.chain_id] = _opening(each, book, as_of_on, currency_code)
    escalated = [_escalation(item, book) for item in _unheard(book, now) if item.chain_id not in going]
    return Evaluation(
        as_of_on,
        tuple(opened.values()),
        tuple(cleared),
        tuple(escalated),
        tuple(merged),
        tuple(skipped),
        standing,
        settled,
    )


def _order(finding: Finding) -> tuple[object, ...]:
    # The larger amount first, so that of two lines of one late order the dearer one speaks.
    amount = -(finding.value_at_risk_amount or Decimal(0))
    return (finding.rule.rank, finding.rule.rule_id, amount, finding.about_id, finding.occurrence_key)


def _gone(rules: Sequence[Rule], found: set[str], book: ItemBook) -> list[tuple[Item, Rule]]:
    by_id = {rule.rule_id: rule for rule in rules if rule.clears}
    return [
        (item, by_id[item.opening.rule_id])
        for item in book.open_items()
        if item.opening.rule_id in by_id and item.chain_id not in found and item.state_code != "done"
    ]


def _is_settled(items: Sequence[Item], finding: Finding, as_of_on: dt.date) -> bool:
    """Whether this very occasion was closed by a person, or has only just gone by itself."""
    for item in items:
        if item.opening.occurrence_key != finding.occurrence_key:
            continue
        if item.state_code == DISMISSED:
            if item.dismissed_until_on is None or as_of_on <= item.dismissed_until_on:
                return True
        elif item.state_code != CLEARED or _is_quiet(item, finding.rule, as_of_on):
            return True
    return False


def _is_quiet(item: Item, rule: Rule, as_of_on: dt.date) -> bool:
    clearing = item.steps[-1].payload
    if not isinstance(clearing, ClearItem):
        return False
    return as_of_on <= clearing.cleared_on + dt.timedelta(days=rule.quiet_days - 1)


def _unheard(book: ItemBook, now: dt.datetime) -> list[Item]:
    return [
        item
        for item in book.open_items()
        if item.state_code == OPEN
        and item.opening.escalate_after_hours is not None
        and now - item.opened_at >= dt.timedelta(hours=item.opening.escalate_after_hours)
    ]


def _opening(finding: Finding, book: ItemBook, as_of_on: dt.date, currency_code: str | None) -> Write:
    rule = finding.rule
    payload = OpenItem(
        rule_id=rule.rule_id,
        rule_version=rule.version,
        about_type=rule.about,
        about_id=finding.about_id,
        occurrence_key=finding.occurrence_key,
        cause_key=finding.cause_key,
        told={language: _filled(words, finding.evidence) for language, words in rule.told.items()},
        severity_code=finding.severity_code or rule.severity_code,
        owner_role_code=finding.owner_role_code or rule.owner_role_code,
        owner_id=finding.owner_id,
        opened_on=as_of_on,
        due_on=finding.due_on or as_of_on + dt.timedelta(days=rule.due_days),
        value_at_risk_amount=finding.value_at_risk_amount,
        currency_code=currency_code if finding.value_at_risk_amount is not None else None,
        escalate_after_hours=rule.escalate_after_hours,
        escalate_role_code=rule.escalate_role_code,
        escalate_to_id=finding.escalate_to_id,
        needs=rule.needs,
        evidence=dict(finding.evidence),
    )
    return _write("open", finding.chain_id, book, payload)


def _clearing(item: Item, rule: Rule, book: ItemBook, as_of_on: dt.date) -> Write:
    return _write("clear", item.chain_id, book, ClearItem(cleared_on=as_of_on, why=rule.clear_reason))


def _escalation(item: Item, book: ItemBook) -> Write:
    opening = item.opening
    to = EscalateItem(
        to_role_code=opening.escalate_role_code or opening.owner_role_code, to_id=opening.escalate_to_id
    )
    return _write("escalate", item.chain_id, book, to)


def _write(verb: str, chain_id: str, book: ItemBook, payload: Payload) -> Write:
    """An event whose id follows from what it answers: said twice, it is one."""
    version = book.versions.get(chain_id, 0)
    digest = hashlib.sha256(f"{verb}|{chain_id}|{version}".encode()).hexdigest()[:32]
    return Write(chain_id, version, payload, f"{verb}-{digest}")


# -- writing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Applied:
    """How many events were stored, and which were refused: someone had acted in between."""

    stored_count: int
    refused: tuple[str, ...] = ()


def apply(store: ActionStore, evaluation: Evaluation, publication_name: str | None) -> Applied:
    """Store an evaluation's events in one transaction; what no longer fits is left for the next run.

    Raises StoreUnavailableError.
    """
    drafts = [
        Draft(
            action_id=write.action_id,
            subject_id=write.chain_id,
            payload=write.payload,
            expected_version=write.version,
            reason_code="",
            reason="",
            done_by=RULES,
            publication_name=publication_name,
        )
        for write in evaluation.writes
    ]
    answers = store.record_all(drafts)
    refused = tuple(answer.tell() for answer in answers if isinstance(answer, ActionError))
    return Applied(len(answers) - len(refused), refused)


def _filled(sentence: str, evidence: Mapping[str, object]) -> str:
    known = {name: _ABSENT if value is None else value for name, value in evidence.items()}
    return sentence.format_map(_Known(known))


class _Known(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return _ABSENT
