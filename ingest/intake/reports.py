"""What a caller reported over HTTP, on its way through spool and batch: one row of a contract table.

In the journal a report stands under `$gantry/<table>`, a topic that no broker hands out to us. Its values are
texts, as a file's would be: whether they keep the contract is the door's to judge.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.intake.journal import HEAD_BYTES

OWN_TOPICS = b"$gantry/"
PHOTOS, WORK_ORDERS = "work__photos", "work__work_orders"
TABLES = (WORK_ORDERS, PHOTOS)


@dataclass(frozen=True)
class Report:
    """One row, whoever sent it, and the id that makes the same report sent again no second one."""

    table: str
    write_id: str
    caller: str
    row: Mapping[str, str | None]
    payload: str

    @property
    def content(self) -> dict[str, Any]:
        """What the journal holds of it."""
        row = {name: value for name, value in self.row.items() if value is not None}
        return {"write_id": self.write_id, "caller": self.caller, "row": row, "payload": self.payload}


@dataclass(frozen=True)
class BrokenReport:
    """A body that is no report: the rule it broke, why, and its bytes (of a large one the first)."""

    table: str
    caller: str
    rule_code: str
    message_zh: str
    message_en: str
    size: int
    sha256: str
    head: bytes

    @property
    def content(self) -> dict[str, Any]:
        """What the journal holds of it."""
        told = {name: value for name, value in vars(self).items() if name not in ("table", "head")}
        return told | {"head": base64.b64encode(self.head).decode()}


def broken_report(
    table: str, caller: str, rule: str, message: dict[str, str], body: bytes, limit: int
) -> BrokenReport:
    """A broken report with its bytes; beyond `limit` only the first of them."""
    head = body if len(body) <= limit else body[:HEAD_BYTES]
    sha256 = hashlib.sha256(body).hexdigest()
    return BrokenReport(table, caller, rule, message["zh"], message["en"], len(body), sha256, head)


def message_of(reports: Sequence[Report | BrokenReport]) -> tuple[bytes, bytes]:
    """Topic and payload of the journal's message with all reports of a request: all are kept, or none."""
    content = json.dumps([report.content for report in reports])
    return OWN_TOPICS + reports[0].table.encode(), content.encode()


def reports_of(topic: bytes, payload: bytes) -> list[Report | BrokenReport]:
    """The reverse of `message_of`."""
    table = topic.removeprefix(OWN_TOPICS).decode()
    return [_report(table, content) for content in json.loads(payload)]


def _report(table: str, content: dict[str, Any]) -> Report | BrokenReport:
    if "rule_code" in content:
        return BrokenReport(**content | {"table": table, "head": base64.b64decode(content["head"])})
    return Report(table=table, **content)


def write_id(caller: str, given: str | None, content: Any) -> str:
    """The id of a write: the caller's own, else one made of what it says. Callers share no ids."""
    if given:
        return f"{caller}:{given}"
    text = json.dumps(content, sort_keys=True)
    return f"{caller}:sha256-{hashlib.sha256(text.encode()).hexdigest()}"
