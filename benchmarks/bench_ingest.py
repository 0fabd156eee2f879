"""How fast is the door beside DuckDB alone? The same file, the same run, taken in turns.

The yardstick is DuckDB's typed `read_csv` into a DuckLake table: it parses, types and writes, and checks
nothing.
The door on the same file also hashes the file, checks types, ranges, vocabularies, row rules,
duplicate keys and references, numbers rows, profiles the batch, and quarantines what is broken with its
original.
"""

import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingest.company import Company, load_company
from ingest.door import load_table
from lake.connection import connect_lake
from lake.contracts import Contract, Reference, load_contracts
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake

TABLE = "erp__order_lines"
LINES_PER_ORDER, PRODUCTS, SUPPLIERS = 3, 500, 60
#: What the issue of breaking rows is spread over: text in a number, an impossible day, an unknown code, a
# lost parent.
BREAKS = 4
COLUMNS = {
    "order_id": "VARCHAR",
    "line_no": "BIGINT",
    "product_id": "VARCHAR",
    "supplier_id": "VARCHAR",
    "kind_code": "VARCHAR",
    "quantity": "DECIMAL(18,3)",
    "unit_price_amount": "DECIMAL(18,4)",
    "discount_pct": "DOUBLE",
    "line_amount": "DECIMAL(18,2)",
    "currency_code": "VARCHAR",
    "requested_on": "DATE",
    "promised_on": "DATE",
}
COMPANY = """
name: {zh: 基准, en: Benchmark}
time_zone: UTC
reporting_currency: CNY
as_of: 2025-12-31
sources:
  lines: {connector: csv, path: "${DATA}/lines.csv"}
tables:
  erp__order_lines:
    from: lines
    columns:
"""


@dataclass(frozen=True)
class Bench:
    """One benchmark's folder, file and company."""

    folder: Path
    file: Path
    company: Company
    rows: int


def run(rows: int = 5_000_000, broken_share: float = 0.0, repeats: int = 5) -> dict[str, float | int]:
    """Seconds of yardstick and door, and the door's share of its rate.

    Each is the best of `repeats` turns: what else runs on the machine can only add to a time.
    """
    with tempfile.TemporaryDirectory(prefix="gantry-bench-") as name:
        bench = _prepare(Path(name), rows, broken_share)
        plain, door, quarantined = [], [], 0
        for turn in range(repeats):
            alone = _plain_seconds(bench, turn)
            taken, quarantined = _door_seconds(bench, turn)
            plain.append(alone)
            door.append(taken)
    return {
        "rows": rows,
        "broken_share": broken_share,
        "rows_quarantined": quarantined,
        "plain_seconds": round(min(plain), 2),
        "door_seconds": round(min(door), 2),
        "door_rows_per_second": round(rows / min(door)),
        "share_of_plain_rate": round(min(plain) / min(door), 3),
    }


def _prepare(folder: Path, rows: int, broken_share: float) -> Bench:
    (folder / "company").mkdir()
    mapped = "".join(f"      {name}: {name}\n" for name in COLUMNS)
    (folder / "company" / "company.yml").write_text(COMPANY + mapped, encoding="utf-8")
    file = folder / "lines.csv"
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute(f"copy ({_lines(rows, broken_share)}) to '{file}' (header)")
    con.close()
    return Bench(folder, file, load_company(folder / "company", folder), rows)


def _lines(rows: int, broken_share: float) -> str:
    """Order lines as text; every (1 / broken_share)-th breaks one of four rules in turn."""
    every = round(1 / broken_share) if broken_share else rows + 1
    which = f"case when i % {every} = {every - 1} then (i // {every}) % {BREAKS} end"
    return f"""
        select case b when 0 then 'lost' || i else 'O' || lpad((i // {LINES_PER_ORDER})::varchar, 8, '0')
        end as order_id,
            i % {LINES_PER_ORDER} + 1 as line_no, 'P' || hash(i) % {PRODUCTS} as product_id,
            'S' || hash(i + 1) % {SUPPLIERS} as supplier_id,
            case b when 1 then 'gift' else ['sale', 'sale', 'return'][(1 + hash(i * 3) % 3)::bigint] end as
            kind_code,
            case b when 2 then 'many' else (((1 + hash(i) % 1000) / 10)::decimal(18, 3))::varchar end as
            quantity,
            ((hash(i + 7) % 100000) / 100)::decimal(18, 4) as unit_price_amount,
            (hash(i + 8) % 30)::double as discount_pct,
            ((hash(i + 9) % 1000000) / 100)::decimal(18, 2) as line_amount, 'CNY' as currency_code,
            case b when 3 then '2024-02-31' else (date '2024-01-01' + (hash(i + 4) % 600)::int)::varchar end
                as requested_on,
            date '2024-01-01' + (hash(i + 5) % 600)::int as promised_on
        from (select i, {which} as b from range({rows}) r(i))
    """


def _lake(bench: Bench, name: str) -> tuple[Settings, duckdb.DuckDBPyConnection]:
    settings = Settings(lake=bench.folder / name, data=bench.folder, key_file=bench.folder / "key")
    con = connect_lake(settings)
    con.execute("set enable_progress_bar = false")
    ensure_lake(con)
    # The first bound parameter of a process makes DuckDB import pandas, seconds that are no part of a load.
    con.execute("select ?", [name])
    return settings, con


def _plain_seconds(bench: Bench, turn: int) -> float:
    _, con = _lake(bench, f"plain{turn}")
    kinds = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    con.execute(f"create table lake.raw.plain ({kinds})")
    typed = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    start = time.perf_counter()
    con.execute(
        f"insert into lake.raw.plain select * from read_csv('{bench.file}', header=true, auto_detect=false, "
        f"delim=',', quote='\"', escape='\"', columns={{{typed}}}, ignore_errors=true)"
    )
    seconds = time.perf_counter() - start
    con.close()
    return seconds


def _door_seconds(bench: Bench, turn: int) -> tuple[float, int]:
    settings, con = _lake(bench, f"door{turn}")
    for reference in load_contracts()[TABLE].references:
        _fill_parent(con, load_contracts()[reference.table], reference, bench.rows)
    run = new_run(date(2025, 12, 31))
    start = time.perf_counter()
    load = load_table(con, bench.company, TABLE, run, settings)
    seconds = time.perf_counter() - start
    con.close()
    if load.status != "loaded" or load.inserted + load.quarantined != bench.rows:
        raise RuntimeError(f"the door did not load the benchmark's rows: {load}")
    return seconds, load.quarantined


def _fill_parent(con: duckdb.DuckDBPyConnection, parent: Contract, reference: Reference, rows: int) -> None:
    """Give the lake the orders, products and suppliers that the lines refer to."""
    orders = rows // LINES_PER_ORDER + 1
    ids = {
        "erp__orders": f"select 'O' || lpad(i::varchar, 8, '0') as id from range({orders}) r(i)",
        "erp__products": f"select 'P' || i as id from range({PRODUCTS}) r(i)",
        "erp__suppliers": f"select 'S' || i as id from range({SUPPLIERS}) r(i)",
    }
    [key] = reference.to_columns
    raw = f"lake.raw.{parent.raw_table}"
    if parent.name in ids and con.execute(f"select 1 from {raw} limit 1").fetchone() is None:
        con.execute(f"insert into {raw} by name select id as {key} from ({ids[parent.name]})")


if __name__ == "__main__":
    print(run())
    print(run(broken_share=0.01))
