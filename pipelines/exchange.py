"""Approved actions out to the company's systems, and their answers in; a problem of theirs stops nothing."""

import hashlib
import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from actions.errors import ActionError, StaleVersionError
from actions.kinds import AnswerAction, Payload, SendAction
from actions.outbound import Outbound, message_of, queue
from actions.records import Draft
from actions.store import ActionStore
from ingest.company import Company, OutboundTarget
from ingest.live import filled
from ingest.problems import SourceError
from lake.checks import CheckResult
from lake.settings import Settings
from lake.text import text

OUTBOX, ANSWERS = "outbox", "answers"
WHO = "exchange"
TIMEOUT_SECONDS = 20
#: More than this is no answer to one action.
ANSWER_BYTES = 1_000_000
OUTBOUND_ASSET = "outbound_actions"


@dataclass
class ExchangeReport:
    """What went out, what was answered, and what could not be done and why."""

    sent: int = 0
    answered: int = 0
    problems: list[str] = field(default_factory=list)

    def check(self) -> CheckResult:
        """Whether all could be handed over and all answers were understood; it only warns."""
        return CheckResult(
            check_name="exchanged",
            asset_name=OUTBOUND_ASSET,
            severity_code="warn",
            is_passed=not self.problems,
            expected="0",
            actual=str(len(self.problems)),
            message=" · ".join(self.problems),
        )


def exchange(settings: Settings, company: Company) -> ExchangeReport:
    """Send what is approved and not sent, then read the answers; a second call does nothing more.

    What is sent carries the action's id. A kill between sending and noting sends the same once more, under
    the same id: a file is written over, a request carries it as its idempotency key.
    """
    report = ExchangeReport()
    folder = company.outbound.folder if company.outbound and company.outbound.folder else None
    place = folder or settings.paths.root / "outbound"
    with closing(ActionStore.open(settings)) as store:
        try:
            waiting = [each for each in queue(store.events()) if each.state_code == "queued"]
            for each in waiting:
                _send(store, each, company.outbound, place, report, settings.language)
            _read_answers(store, place / ANSWERS, report, settings.language)
        except ActionError as error:
            report.problems.append(error.tell(settings.language))
    return report


# -- out -----------------------------------------------------------------------------------------------------


def _send(
    store: ActionStore,
    outbound: Outbound,
    target: OutboundTarget | None,
    place: Path,
    report: ExchangeReport,
    language: str | None,
) -> None:
    number = outbound.action.action_id
    try:
        if target is not None and target.url is not None:
            where, answer = filled(target.url, WHO), _post(target, outbound)
        else:
            where, answer = _drop(place / OUTBOX, outbound), None
    except (OSError, SourceError, urllib.error.URLError) as error:
        report.problems.append(text("pipelines.not_sent", language, id=number, problem=error))
        return
    # The address may hold a name and a password in its query: only where it leads is kept.
    _record(store, number, SendAction(target=where.partition("?")[0]), f"send-{number}")
    report.sent += 1
    if answer is not None:
        _answer(store, {"id": number, **answer}, report, language)


def _drop(folder: Path, outbound: Outbound) -> str:
    """One file an action, by atomic rename, so that a receiver never reads half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{quote(outbound.action.action_id, safe='')}.jsonl"
    handle, name = tempfile.mkstemp(dir=folder, prefix=".coming.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(message_of(outbound), ensure_ascii=False, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return path.name


def _post(target: OutboundTarget, outbound: Outbound) -> dict[str, Any] | None:
    """Post one action; the answer, where the receiver gives it at once."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": outbound.action.action_id}
    if target.token:
        headers["Authorization"] = f"Bearer {filled(target.token, WHO)}"
    body = json.dumps(message_of(outbound), ensure_ascii=False).encode()
    address = filled(str(target.url), WHO)
    if not address.startswith(("http://", "https://")):
        raise OSError(f"no http address: {address.partition('?')[0]}")
    request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - looked at above
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - the same
        content = response.read(ANSWER_BYTES)
    try:
        answer = json.loads(content or b"{}")
    except ValueError:
        return None  # taken, without words: the answer comes as a file
    return answer if isinstance(answer, dict) and "status" in answer else None


# -- answers -------------------------------------------------------------------------------------------------


def _read_answers(store: ActionStore, folder: Path, report: ExchangeReport, language: str | None) -> None:
    """Every line of every file; a line that was read before is the same answer and changes nothing."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in _lines(path):
            try:
                answer = json.loads(line)
                if not isinstance(answer, dict):
                    raise ValueError("no JSON object")
            except ValueError as error:
                where = f"{path.name}:{number}"
                report.problems.append(text("pipelines.bad_answer", language, where=where, problem=error))
                continue
            _answer(store, answer, report, language, f"{path.name}:{number}")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    words = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(words.splitlines(), start=1):
        if line.strip():
            yield number, line


def _answer(
    store: ActionStore,
    answer: dict[str, Any],
    report: ExchangeReport,
    language: str | None,
    where: str = "HTTP",
) -> None:
    number = str(answer.get("id", ""))
    digest = hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:32]
    action_id = f"answer-{digest}"
    if store.find(action_id) is not None:
        return
    try:
        fields = {name: answer[name] for name in ("status", "reference", "message") if answer.get(name)}
        _record(store, number, AnswerAction.model_validate(fields), action_id)
        report.answered += 1
    except ValidationError as error:
        problem = "; ".join(each["msg"] for each in error.errors())
        report.problems.append(text("pipelines.bad_answer", language, where=where, problem=problem))
    except StaleVersionError:
        raise
    except ActionError as error:
        told = error.tell(language)
        report.problems.append(text("pipelines.bad_answer", language, where=where, problem=told))


def _record(store: ActionStore, subject: str, payload: Payload, action_id: str) -> None:
    version = len(store.history(payload.subject_type, subject))
    store.record(Draft(action_id, subject, payload, version, "", "", WHO))
