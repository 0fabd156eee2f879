"""A batch's profile, measured set-wise in DuckDB at the door and kept in `ops.profile`.

Grain: run, table, column, metric. `rows` and `null_share`, `mean`, `spread`, `minimum`, `maximum` (dates as
days
since 1970), `share:<code>` for columns with a vocabulary, and `source_column` for each column the files had.
Judging them is profile.py.
"""

from datetime import date, datetime, time, timedelta

import duckdb
import pyarrow as pa

from ingest.ledger import SOURCE_COLUMN
from ingest.mapping import INTEGERS
from ingest.sql import literal, quoted
from lake.contracts import Column, Contract
from lake.run import RunContext

#: Dates that say when something is meant to happen, not that data reached so far.
INTENDED = (
    *("planned", "promised", "current_promised", "requested", "forecast", "due"),
    *("ends", "expected", "valid", "retention"),
)
#: Beyond this many rows a regular sample is measured.
SAMPLE_ROWS = 200_000


def data_until(
    con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, as_of_on: date
) -> datetime | None:
    """The newest moment up to the business date that the rows tell of; None where they have no dates."""
    columns = [
        column
        for column in contract.columns
        if column.type in ("DATE", "TIMESTAMP") and not column.name.startswith(INTENDED)
    ]
    if not columns:
        return None
    limit = literal(datetime.combine(as_of_on + timedelta(days=1), time()).isoformat(sep=" "))
    newest = ", ".join(
        f"max({quoted(column.name)}) filter ({quoted(column.name)} < timestamp {limit})::timestamp"
        for column in columns
    )
    row = con.execute(f"select {newest} from {relation}").fetchone()
    return max((value for value in row or () if value is not None), default=None)


def write_profile(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    relation: str,
    rows_read: int,
    source_columns: list[str],
    run: RunContext,
) -> None:
    """Measure `relation` and add it to `ops.profile`; inside the caller's transaction."""
    measures = [("", "rows", float(rows_read))]
    measures += [(name, SOURCE_COLUMN, 1.0) for name in source_columns]
    measures += _measured(con, contract, relation, rows_read)
    columns, metrics, values = zip(*measures, strict=True)
    con.register(
        "profile_frame",
        pa.table(
            {"column_name": columns, "metric_code": metrics, "value": pa.array(values, type=pa.float64())}
        ),
    )
    con.execute(
        f"insert into lake.ops.profile by name select {literal(run.run_id)} as run_id, "
        f"{literal(contract.name)} as table_name, column_name, metric_code, value from profile_frame "
        "where value is not null and isfinite(value)"
    )
    con.unregister("profile_frame")


def _measured(
    con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, rows: int
) -> list[tuple[str, str, float | None]]:
    wanted = [
        (column.name, metric, expression)
        for column in contract.columns
        for metric, expression in _metrics(column).items()
    ]
    step = max(1, rows // SAMPLE_ROWS)
    where = f"where _place % {step} = 0" if step > 1 else ""
    listed = ", ".join(f"({expression})::double" for _, _, expression in wanted)
    values = con.execute(f"select {listed} from {relation} {where}").fetchone() or ()
    return [(name, metric, value) for (name, metric, _), value in zip(wanted, values, strict=True)]


def _metrics(column: Column) -> dict[str, str]:
    """SQL of a column's measures; of personal columns only how many are empty."""
    name = quoted(column.name)
    metrics = {"null_share": f"1 - count({name}) / nullif(count(*), 0)"}
    if column.is_personal:
        return metrics
    number = _number(column)
    if number is not None:
        for metric, function in {
            "mean": "avg",
            "spread": "stddev_pop",
            "minimum": "min",
            "maximum": "max",
        }.items():
            metrics[metric] = f"{function}({number})"
    for code in column.vocabulary:
        metrics[f"share:{code}"] = f"count(*) filter ({name} = {literal(code)}) / nullif(count({name}), 0)"
    return metrics


def _number(column: Column) -> str | None:
    name = quoted(column.name)
    if column.type in INTEGERS or column.type.startswith("DECIMAL") or column.type in ("DOUBLE", "FLOAT"):
        return f"{name}::double"
    if column.type == "DATE":
        return f"date_diff('day', date '1970-01-01', {name})"
    if column.type == "TIMESTAMP":
        return f"epoch({name}) / 86400"
    return None
