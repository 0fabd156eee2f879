"""Which of dlt's Arrow back-ends fetches a table: ConnectorX where its values are exact, else PyArrow.

ConnectorX reads PostgreSQL's binary protocol straight into Arrow, at about three times the rate of rows that
pass through Python objects, and knows fewer types.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa

#: PostgreSQL's types that arrive as they are, by the name that SQLAlchemy gives them.
EXACT = frozenset(
    {"VARCHAR", "TEXT", "CHAR", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN", "REAL", "DOUBLE_PRECISION"}
    | {"NUMERIC", "DATE", "TIMESTAMP"}
)
#: Every number comes with so many digits, and so many of them behind the point.
DIGITS, PLACES = 38, 10
#: What an address may say besides user, host and database.
KNOWN_OPTIONS = frozenset({"host", "port", "sslmode"})


@dataclass(frozen=True)
class Backend:
    """A back-end's name, its options, and the exact types of decimal columns that come wider."""

    name: str = "pyarrow"
    options: dict[str, Any] = field(default_factory=dict)
    decimals: dict[str, pa.DataType] = field(default_factory=dict)

    def mended(self, table: pa.Table) -> pa.Table:
        """The batch with decimals as the source declares them."""
        for name, kind in self.decimals.items():
            position = table.schema.get_field_index(name)
            table = table.set_column(position, pa.field(name, kind), table.column(position).cast(kind))
        return table


def backend_of(engine: sa.Engine, columns: Iterable[Any], batch_rows: int) -> Backend:
    """The quickest back-end that loses nothing of these columns (as SQLAlchemy's inspector tells them)."""
    url = engine.url
    if engine.dialect.name != "postgresql" or not set(url.query) <= KNOWN_OPTIONS:
        return Backend()
    kinds = {column["name"]: column["type"] for column in columns}
    if not all(_is_exact(kind) for kind in kinds.values()):
        return Backend()
    decimals = {
        name: pa.decimal128(kind.precision, kind.scale)
        for name, kind in kinds.items()
        if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float)
    }
    options = {"conn": _address(url), "return_type": "arrow_stream", "batch_size": batch_rows}
    return Backend("connectorx", options, decimals)


def _is_exact(kind: Any) -> bool:
    if kind.__visit_name__ not in EXACT:
        return False
    if kind.__visit_name__ != "NUMERIC":
        return True
    # A number without declared digits may have any; one with more places than arrive would lose some.
    is_declared = kind.precision is not None and kind.scale is not None
    return is_declared and 0 <= kind.scale <= PLACES and kind.precision - kind.scale <= DIGITS - PLACES


def _address(url: sa.URL) -> str:
    """The URL as libpq writes it; a folder of sockets stands where a host would."""
    options = dict(url.query)
    host = url.host or str(options.pop("host", "") or "localhost")
    port = url.port or options.pop("port", None)
    person = quote(url.username or "", safe="")
    if url.password:
        person += ":" + quote(str(url.password), safe="")
    place = quote(host, safe="") + (f":{port}" if port else "")
    asked = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in options.items())
    return f"postgresql://{person + '@' if person else ''}{place}/{quote(url.database or '', safe='')}" + (
        f"?{asked}" if asked else ""
    )
