"""Work-order reports: one JSON object or a list of them, each with the columns of the contract that it knows.

A report need not be whole: what it leaves out, or says as null, stays as the lake has it. `report_id` names a
report, so that the same one sent again changes nothing, whatever came in between.
"""

import json
from collections.abc import Mapping
from typing import Any

from ingest.intake.refusals import BrokenBodyError
from ingest.intake.reports import WORK_ORDERS, Report, write_id
from lake.contracts import load_contracts

KEY, REPORT_ID = "work_order_id", "report_id"
SHOWN = 100


def work_order_reports(body: bytes, caller: str, idempotency_key: str | None) -> list[Report]:
    """The reports of one request, all of them or none. Raises BrokenBodyError."""
    try:
        content = json.loads(body, parse_float=str, parse_int=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BrokenBodyError("json", error=_shown(error)) from error
    items = content if isinstance(content, list) else [content]
    if not items:
        raise BrokenBodyError("empty")
    return [_report(number, item, caller, idempotency_key) for number, item in enumerate(items, start=1)]


def _report(number: int, item: Any, caller: str, idempotency_key: str | None) -> Report:
    if not isinstance(item, dict):
        raise BrokenBodyError("no_object", number=number)
    columns = [column.name for column in load_contracts()[WORK_ORDERS].columns]
    row = texts_of(item, {*columns, REPORT_ID}, number)
    given = row.pop(REPORT_ID, None)
    if given is None and idempotency_key:
        given = f"{idempotency_key}:{number}"
    if not row.get(KEY):
        raise BrokenBodyError("no_key", number=number, column=KEY)
    return Report(WORK_ORDERS, write_id(caller, given, row), caller, row, json.dumps(item))


def texts_of(item: Mapping[str, Any], known: set[str], number: int) -> dict[str, str | None]:
    """The values as trimmed texts, empty ones as None. Raises BrokenBodyError."""
    unknown = sorted(set(item) - known)
    if unknown:
        raise BrokenBodyError(
            "unknown_field", number=number, field=_shown(unknown[0]), known=", ".join(sorted(known))
        )
    row: dict[str, str | None] = {}
    for name, value in item.items():
        if isinstance(value, dict | list):
            raise BrokenBodyError("no_value", number=number, field=name)
        text = str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
        if text is not None and not is_storable(text):
            raise BrokenBodyError("bad_characters", number=number, field=name)
        row[name] = (text or "").strip() or None
    return row


def is_storable(text: str) -> bool:
    """Whether a text can be written down: JSON can spell halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _shown(value: object) -> str:
    return str(value)[:SHOWN].encode(errors="replace").decode()
