"""How fast are rows fetched from an ERP database? The connector beside PostgreSQL's own COPY, in turns.

The yardstick is `COPY … TO` of the same table into a CSV file, and DuckDB reading that file, typed, into
memory. The connector reads through SQLAlchemy in Arrow batches, finds the newest change stamp, sets deleted
rows apart and writes Parquet into landing.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb
import psycopg

from ingest.company import Source
from ingest.landing import Landing
from ingest.live import Live
from ingest.sources import fetcher_of

TABLE = "bench_order_lines"
ADDRESS = "GANTRY_BENCH_DATABASE"
TYPES = {
    "order_id": "VARCHAR",
    "line_no": "INTEGER",
    "product_id": "VARCHAR",
    "quantity": "DECIMAL(18,3)",
    "unit_price_amount": "DECIMAL(18,4)",
    "line_amount": "DECIMAL(18,2)",
    "currency_code": "VARCHAR",
    "promised_on": "DATE",
    "changed_at": "TIMESTAMP",
    "is_deleted": "BOOLEAN",
}


def run(dsn: str, rows: int = 1_000_000, repeats: int = 3) -> dict[str, float | int]:
    """Seconds of both, each the best of `repeats` turns, and the connector's share of the yardstick's rate.

    `dsn` is the libpq connection text of a database in which a table may be made and dropped.
    """
    plain, fetched = [], []
    with psycopg.connect(dsn, autocommit=True) as connection:
        _fill(connection, rows)
        try:
            for _ in range(repeats):
                with tempfile.TemporaryDirectory(prefix="gantry-bench-") as name:
                    plain.append(_copy_seconds(dsn, Path(name), rows))
                    fetched.append(_connector_seconds(dsn, Path(name), rows))
        finally:
            connection.execute(f"drop table {TABLE}")
    return {
        "rows": rows,
        "copy_seconds": round(min(plain), 2),
        "connector_seconds": round(min(fetched), 2),
        "connector_rows_per_second": round(rows / min(fetched)),
        "share_of_copy_rate": round(min(plain) / min(fetched), 3),
    }


def _fill(connection: psycopg.Connection, rows: int) -> None:
    connection.execute(f"drop table if exists {TABLE}")
    connection.execute(
        f"create table {TABLE} as select 'O' || lpad((i / 3)::text, 8, '0') as order_id, (i % 3 + 1)::int as "
        "line_no, 'P' || i % 500 as product_id, (i % 1000 / 10.0)::numeric(18, 3) as quantity, "
        "(i % 100000 / 100.0)::numeric(18, 4) as unit_price_amount, "
        "(i / 7.0)::numeric(18, 2) as line_amount, "
        "'CNY' as currency_code, date '2024-01-01' + (i % 600)::int as promised_on, "
        "timestamp '2024-01-01' + i * interval '1 second' as changed_at, i % 1000 = 0 as is_deleted "
        f"from generate_series(1, {rows}) i"
    )


def _copy_seconds(dsn: str, folder: Path, rows: int) -> float:
    file = folder / "lines.csv"
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    start = time.perf_counter()
    copy = f"\\copy {TABLE} to '{file}' (format csv)"
    subprocess.run([_client(), "-q", "-d", dsn, "-c", copy], check=True)
    with duckdb.connect() as con:
        con.execute("set threads = 2")
        con.execute(
            f"create table lines as select * from read_csv('{file}', header=false, auto_detect=false, "
            f"delim=',', columns={{{columns}}})"
        )
        count = con.execute("select count(*) from lines").fetchone()
    seconds = time.perf_counter() - start
    if count != (rows,):
        raise RuntimeError(f"{rows} rows were to be copied, {count} came")
    return seconds


def _client() -> str:
    """PostgreSQL's own client."""
    found = shutil.which("psql") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/psql")), None)
    if found is None:
        raise FileNotFoundError("psql is needed for the yardstick: install PostgreSQL's client")
    return found


def _connector_seconds(dsn: str, folder: Path, rows: int) -> float:
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    host, port = parts.get("host", "localhost"), parts.get("port", "5432")
    os.environ[ADDRESS] = (
        f"postgresql://{parts.get('user', '')}:{parts.get('password', '')}@/{parts.get('dbname', '')}"
        f"?host={host}&port={port}"
    )
    live = Live(f"${{{ADDRESS}}}", table=TABLE, cursor="changed_at", deleted="is_deleted")
    source = Source("bench", "sql", (), (), live=live)
    fetcher = fetcher_of("sql")
    assert fetcher is not None
    start = time.perf_counter()
    fetched = Landing(source, folder, "lines").take(fetcher.batches(source, None))
    seconds = time.perf_counter() - start
    if fetched.rows_fetched != rows:
        raise RuntimeError(f"{rows} rows were to be fetched, {fetched.rows_fetched} came")
    return seconds
