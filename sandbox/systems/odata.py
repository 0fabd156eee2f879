"""What a CRM's clients use of OData v4: `$filter`, `$orderby`, `$top`, `$select`, `$count`, pages."""

from __future__ import annotations

import base64
import json
import operator
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.systems.records import Row, plain

OPERATORS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
CONDITION = re.compile(r"\s*(\w+)\s+(eq|ne|ge|gt|le|lt)\s+('(?:[^']|'')*'|\S+)\s*")
KNOWN = {"$filter", "$orderby", "$top", "$select", "$count", "$skiptoken"}
DEFAULT_PAGE, LARGEST_PAGE = 100, 5000


class QueryError(ValueError):
    """The query is none that this service understands; the text says which part."""


def answer(
    rows: list[Row], key: tuple[str, ...], query: Mapping[str, str], address: str, page_size: int | None
) -> dict[str, Any]:
    """One page of an entity set as OData JSON, with the address of the next one where there is more.

    Pages go on after the last row's place in the order, not after a number of rows: a row that changes
    between two pages is never passed over. Raises QueryError.
    """
    unknown = [name for name in query if name.startswith("$") and name not in KNOWN]
    if unknown:
        raise QueryError(f"{', '.join(unknown)} is not supported")
    order = _order(query.get("$orderby"), rows)
    found = [row for row in rows if _fits(row, query.get("$filter"))]
    found.sort(key=lambda row: _place(row, order, key))
    count = len(found)
    if "$skiptoken" in query:
        after = _token(query["$skiptoken"])
        found = [row for row in found if _place(row, order, key) > after]
    limit = _whole(query["$top"], "$top") if "$top" in query else len(found)
    page = min(page_size or DEFAULT_PAGE, LARGEST_PAGE, limit)
    shown = found[:page]
    names = query["$select"].split(",") if "$select" in query else None
    value = [{name: plain(cell) for name, cell in row.items() if not names or name in names} for row in shown]
    result: dict[str, Any] = {"@odata.context": f"{address.rpartition('/')[0]}/$metadata", "value": value}
    if query.get("$count") == "true":
        result["@odata.count"] = count
    if shown and len(found[:limit]) > page:
        rest = {**query, "$skiptoken": _written(_place(shown[-1], order, key))}
        if "$top" in query:
            rest["$top"] = str(limit - page)
        result["@odata.nextLink"] = f"{address}?{urlencode(rest)}"
    return result


def _order(text: str | None, rows: list[Row]) -> str | None:
    if text is None:
        return None
    name, _, way = text.strip().partition(" ")
    if way not in ("", "asc") or (rows and name not in rows[0]):
        raise QueryError(f"$orderby {text}: one property, ascending")
    return name


def _place(row: Row, order: str | None, key: tuple[str, ...]) -> list[str]:
    """Where a row stands: comparable texts, no value first."""
    return [str(plain(row[name]) or "").removesuffix("Z") for name in ((order,) if order else ()) + key]


def _fits(row: Row, text: str | None) -> bool:
    if not text:
        return True
    for part in re.split(r"\s+and\s+", text.strip()):
        match = CONDITION.fullmatch(part.strip("() "))
        if not match:
            raise QueryError(f"$filter: «{part}» is no comparison of a property with a value")
        name, comparison, literal = match.groups()
        if name not in row:
            raise QueryError(f"$filter: there is no property {name}")
        value = row[name]
        if literal == "null":
            fits = OPERATORS[comparison](value is None, True)
        else:
            fits = value is not None and OPERATORS[comparison](value, _literal(literal, value))
        if not fits:
            return False
    return True


def _literal(text: str, like: Any) -> Any:
    """A literal of the query in the type of the property that it is compared with."""
    try:
        if text.startswith("'"):
            return text[1:-1].replace("''", "'")
        if isinstance(like, bool):
            return {"true": True, "false": False}[text]
        if isinstance(like, datetime):
            moment = datetime.fromisoformat(text)
            return moment if like.tzinfo else moment.replace(tzinfo=None)
        if isinstance(like, date):
            return date.fromisoformat(text)
        return type(like)(text)
    except (ValueError, KeyError, ArithmeticError) as error:
        raise QueryError(f"$filter: {text} does not compare with {plain(like)}") from error


def _whole(text: str, name: str) -> int:
    if not text.isdecimal():
        raise QueryError(f"{name} {text}: a whole number")
    return int(text)


def _written(place: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _token(text: str) -> list[str]:
    try:
        return json.loads(base64.urlsafe_b64decode(text))
    except ValueError as error:
        raise QueryError("$skiptoken is not one that this service gave") from error
