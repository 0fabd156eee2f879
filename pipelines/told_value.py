"""What the last night told of customers' worth, laid into the build before dbt starts: `ops.told_value`.

Tiers are facts, and facts are built before forecasts: a tier follows the value forecast of the night before.
It is read from the archive, not from the last build: a night done again sees what it saw the first time.
"""

from datetime import date
from pathlib import Path

import duckdb

from lake.tables import has_history

TABLE_NAME, ARCHIVE = "told_value", "ml_value_forecast"
#: Columns of `ops.told_value` with their types, all of them the forecast's own.
COLUMNS = {
    "customer_id": "varchar",
    "as_of_on": "date",
    "method_code": "varchar",
    "score_share": "double",
    "reason_1_code": "varchar",
    "reason_1_value": "double",
    "reason_2_code": "varchar",
    "reason_2_value": "double",
    "reason_3_code": "varchar",
    "reason_3_value": "double",
}
_TYPED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
TABLE = f"create or replace table ops.{TABLE_NAME} ({_TYPED})"
#: The newest publication of the newest business date before the night's own.
LAST_TOLD = f"""
select {", ".join(COLUMNS)}
from lake.history.{ARCHIVE}
where publication_name = (
    select publication.name
    from lake.ops.publication as publication
    inner join (select distinct publication_name from lake.history.{ARCHIVE}) as told
        on publication.name = told.publication_name
    where publication.as_of_on < ?
    order by publication.as_of_on desc, publication.published_at desc, publication.name desc
    limit 1
)
order by customer_id
"""


def lay_told_value(con: duckdb.DuckDBPyConnection, build: Path, as_of_on: date) -> int:
    """Write `ops.told_value` of a build from the lake's archive; returns its rows, 0 before any night told.

    con: of the lake. as_of_on: the night's business date; what was told on it or later is not yet known.
    """
    has_archive = has_history(con, ARCHIVE)
    with duckdb.connect(str(build)) as made:
        made.execute(TABLE)
        if not has_archive:
            return 0
        told = con.execute(LAST_TOLD, [as_of_on]).to_arrow_table()
        made.register("told", told)
        made.execute(f"insert into ops.{TABLE_NAME} by name from told")
        return int(told.num_rows)
