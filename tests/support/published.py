"""A small published lake for the cockpit's tests, made from the marts' own YAML: the two can't drift apart.

`publish_company` writes one with rows or without any, deterministic, with all the cockpit reads.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from lake.publication import LastRun, Publication, note_run, point_to
from lake.publishing import DICTIONARY, dictionary_rows
from lake.settings import LakePaths
from lake.tables import OPERATIONS
from tests.support.published_actions import closed_items, rule_league
from tests.support.published_figures import figure_runs, figures, models
from tests.support.published_forecasts import forecast_rows, ml_columns
from tests.support.published_operations import operations_rows
from tests.support.published_partners import (
    AS_OF,
    PROJECT_ROOT,
    churn,
    customers,
    demand,
    mart_columns,
    people,
    supplier_months,
    suppliers,
)
from tests.support.published_projects import with_depth
from tests.support.published_quarantine import QUARANTINED_ROWS, quarantined_rows, reasons

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
NIGHT = dt.datetime(2025, 10, 1, 2, 4)
RUN = "run-1"

PROJECTS = (
    ("P1", "市一院新院区", 186_000_000),
    ("P2", "理工大学校区", 92_000_000),
    ("P3", "滨江壹号", 64_000_000),
    ("P4", "第三中学", 21_000_000),
    ("P5", "会展中心二期", 138_000_000),
    ("P6", "Software Park C", 47_500_000),
)
PHASES = ("design", "material", "construction", "acceptance")
PHASE_NAMES = {
    "design": "深化设计",
    "material": "冷水机组到货",
    "construction": "现场施工",
    "acceptance": "竣工验收",
}


def publish_company(
    root: Path,
    *,
    has_rows: bool = True,
    name: str = "night-2025-09-30",
    failed_check: bool = False,
    failed_night: bool = False,
    rows: Mapping[str, Iterable[Mapping[str, object]]] | None = None,
    earlier: Iterable[str] = (),
) -> LakePaths:
    """Write a published file under `root`, point to it, and return the lake's paths.

    `earlier` are publications before this one, which its list still names.
    """
    paths = LakePaths(root)
    paths.published.mkdir(parents=True, exist_ok=True)
    file = paths.published / f"{name}.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as con:
        for schema in ("marts", "ml", "ops"):
            con.execute(f"create schema {schema}")
        for table, columns in mart_columns().items():
            _create(con, f"marts.{table}", columns)
        for table, columns in ml_columns().items():
            _create(con, f"ml.{table}", columns)
        for table, columns in OPERATIONS.items():
            if table.startswith("ops."):
                _create(con, table, columns)
        _create_derived(con)
        for seed in ("source_claim", "figure_default", "customer_tier", "tier_reason"):
            con.execute(f"insert into marts.{seed} by name from read_csv('{SEEDS / seed}.csv')")
        status = "check_failed" if failed_check else "ok"
        publication = Publication(name, 7, AS_OF, "night", status, NIGHT, RUN, file.name)
        con.execute("begin")
        past = [
            Publication(old, 7, AS_OF, "night", "ok", NIGHT - dt.timedelta(days=1), RUN, f"{old}.duckdb")
            for old in earlier
        ]
        _insert(con, "ops.publication", [vars(each) for each in (publication, *past)])
        _insert(con, "ops.check_result", _checks(failed_check) if has_rows else [])
        _insert(con, "ops.figure_run", figure_runs(name, failed_check, NIGHT, RUN) if has_rows else [])
        _insert(con, "ops.model", models() if has_rows else [])
        for table, content in (rows or (company_rows() if has_rows else {})).items():
            _insert(con, table, content)
        con.execute(
            "insert into ops.freshness select table_name, max(finished_at), max(data_until_at),"
            " any_value(status_code), any_value(message) from ops.load group by table_name"
        )
        con.execute("commit")
    point_to(paths, publication)
    run_status = "failed" if failed_night else status
    note_run(
        paths, LastRun(RUN, "night", AS_OF, NIGHT, NIGHT, run_status, "dbt stopped" if failed_night else "")
    )
    return paths


@with_depth
def company_rows() -> dict[str, list[dict[str, object]]]:
    """The rows of a small company, by table."""
    milestones = list(_milestones())
    return {
        "marts.fct_milestone": [
            {name: value for name, value in row.items() if name in mart_columns()["fct_milestone"]}
            for row in milestones
        ],
        "marts.mart_milestone_outlook": [_outlook(row) for row in milestones if not row["is_finished"]],
        "marts.mart_project_health": _health(milestones),
        "marts.mart_overview_month": list(_months()),
        "marts.mart_supplier_scorecard": list(suppliers()),
        "marts.mart_supplier_month": list(supplier_months()),
        "marts.mart_customer_portrait": list(customers()),
        "marts.mart_churn_outlook": list(churn()),
        "marts.mart_demand_outlook": list(demand()),
        "marts.dim_person": list(people()),
        "marts.dim_customer": [
            {"customer_id": row["customer_id"], "name": row["customer_name"], "city": "上海"}
            for row in customers()
        ],
        "marts.dim_project": [
            {"project_id": project_id, "name": name, "city": "上海"} for project_id, name, _ in PROJECTS
        ],
        "marts.dim_supplier": [
            {"supplier_id": row["supplier_id"], "name": row["supplier_name"]} for row in suppliers()
        ],
        **operations_rows(),
        **forecast_rows(),
        "marts.mart_action_item": list(closed_items()),
        "marts.mart_rule_league": list(rule_league()),
        "ops.figure": list(figures()),
        "ops.load": list(_loads()),
        "ops.quarantine_reason": reasons(NIGHT),
        "ops.quarantine_row": list(quarantined_rows(NIGHT)),
    }


def _milestones() -> Iterable[dict[str, object]]:
    for p, (project_id, project_name, _) in enumerate(PROJECTS):
        begin = dt.date(2025, 1, 6) + dt.timedelta(days=23 * p)
        for m, phase in enumerate(PHASES):
            planned_start = begin + dt.timedelta(days=80 * m)
            planned_finish = planned_start + dt.timedelta(days=78)
            delay = (7 * p + 11 * m) % 41 - 6
            finish = planned_finish + dt.timedelta(days=delay)
            started = planned_start + dt.timedelta(days=p) if planned_start < AS_OF else None
            finished = finish if finish < AS_OF and (p + m) % 5 else None
            late = (finished - planned_finish).days if finished else (AS_OF - planned_finish).days
            late = late if finished or late > 0 else None
            yield {
                "milestone_id": f"{project_id}-{m + 1}",
                "project_id": project_id,
                "project_name": project_name,
                "customer_id": f"C{p % 3 + 1}",
                "customer_name": f"客户 {p % 3 + 1}",
                "name": PHASE_NAMES[phase],
                "phase_code": phase,
                "sequence_no": m + 1,
                "owner_id": f"E{p}",
                "region_code": "east" if p % 2 else "south",
                "type_code": "hospital" if p == 0 else "school",
                "planned_start_on": planned_start,
                "planned_finish_on": planned_finish,
                "started_on": started,
                "finished_on": finished,
                "progress_pct": 100 if finished else 40 if started else 0,
                "threshold_days": 10,
                "weight": 1,
                "currency_code": "CNY",
                "state_code": "finished" if finished else "started" if started else "not_started",
                "days_late": late,
                "is_finished": finished is not None,
                "is_late": late is not None and late > 0,
                "is_overdue": finished is None and late is not None,
                "is_over_threshold": late is not None and late > 10,
            }


def _outlook(row: Mapping[str, object]) -> dict[str, object]:
    planned = row["planned_finish_on"]
    assert isinstance(planned, dt.date)
    least = max(AS_OF, planned)
    bands = {q: least + dt.timedelta(days=d) for q, d in (("p10", 4), ("p50", 19), ("p80", 38), ("p90", 55))}
    kept = mart_columns()["mart_milestone_outlook"]
    return {name: value for name, value in row.items() if name in kept} | {
        "as_of_on": AS_OF,
        "has_forecast": True,
        "method_code": "reference_class",
        "reference_class": f"phase_code={row['phase_code']}; type_code={row['type_code']}",
        "reference_count": 46,
        **{f"finish_{q}_on": on for q, on in bands.items()},
        **{f"delay_{q}_days": (on - planned).days for q, on in bands.items()},
        "outlook_code": "bad" if row["is_over_threshold"] else "watch",
    }


def _health(milestones: list[dict[str, object]]) -> list[dict[str, object]]:
    rows = []
    for p, (project_id, project_name, amount) in enumerate(PROJECTS):
        own = [row for row in milestones if row["project_id"] == project_id]
        rows.append(
            {
                "project_id": project_id,
                "project_name": project_name,
                "customer_id": f"C{p % 3 + 1}",
                "type_code": "school",
                "region_code": "east",
                "status_code": "active",
                "stage_code": "delivery",
                "as_of_on": AS_OF,
                "currency_code": "CNY",
                "contract_amount": amount,
                "milestone_count": len(own),
                "finished_count": sum(bool(row["is_finished"]) for row in own),
                "overdue_count": sum(bool(row["is_overdue"]) for row in own),
                "over_threshold_count": sum(bool(row["is_over_threshold"]) for row in own),
                "worst_days_late": max((row["days_late"] or 0) for row in own),
                "health_score": 88 - 9 * p,
                "health_code": "good" if p < 2 else "watch" if p < 4 else "bad",
                "missing_parts": "cost,quality",
                "critical_parts": "",
                "is_partial": True,
                "part_count": 3,
            }
        )
    return rows


def _months() -> Iterable[dict[str, object]]:
    for i in range(36):
        year, month = divmod(2022 * 12 + 9 + i, 12)
        period = dt.date(year, month + 1, 1)
        due, lines = 14 + i % 5, 60 + 3 * (i % 7)
        yield {
            "period_on": period,
            "period_end_on": AS_OF if i == 35 else period + dt.timedelta(days=27),
            "is_whole_month": True,
            "as_of_on": AS_OF,
            "currency_code": "CNY",
            "milestone_due_count": due,
            "milestone_on_time_count": due - 2 - i % 3,
            "milestone_finished_count": due - 1,
            "milestone_open_count": 18,
            "milestone_overdue_count": 4 + i % 4,
            "purchase_due_count": lines,
            "purchase_otif_count": lines - 9 - i % 6,
            "receipt_count": lines,
            "late_receipt_count": 7,
            "order_count": 120 + i,
            "active_customer_count": 3,
            "order_amount": 8_400_000 + 210_000 * (i % 9),
            "delivery_due_count": 110 + i,
            "delivery_on_time_count": 104 + i,
        }


def _loads() -> Iterable[dict[str, object]]:
    for table, read, quarantined in (
        ("projects__milestones", 24, 0),
        ("erp__purchase_lines", 1_260, 3),
        ("crm__customers", 4, 0),
        ("iot__readings", 0, 0),
    ):
        yield {
            "run_id": RUN,
            "table_name": table,
            "source_name": "files" if read else None,
            "status_code": "loaded" if read else "no_source",
            "rows_read": read,
            "rows_inserted": read - quarantined - read // 4,
            "rows_updated": 0,
            "rows_unchanged": read // 4,
            "rows_quarantined": quarantined,
            "rows_skipped": 0,
            "rows_released": 0,
            "rows_deleted": 0,
            "started_at": NIGHT,
            "finished_at": NIGHT,
            "data_until_at": dt.datetime(2025, 9, 30) if read else None,
        }


def _checks(failed: bool) -> list[dict[str, object]]:
    def check(name: str, asset: str, is_passed: bool = True) -> dict[str, object]:
        return {
            "run_id": RUN,
            "check_name": name,
            "asset_name": asset,
            "severity_code": "error",
            "is_passed": is_passed,
            "expected": "0",
            "actual": "0" if is_passed else "4",
            "message": "" if is_passed else "4 milestones finish before they start",
            "checked_at": NIGHT,
        }

    return [
        check("finish_after_start", "fct_milestone", not failed),
        check("unique_supplier_id", "mart_supplier_scorecard"),
    ]


def _create(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> None:
    con.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")


def _create_derived(con: duckdb.DuckDBPyConnection) -> None:
    """The tables of ops that a publication adds to those of the lake."""
    con.execute(
        "create table ops.freshness (table_name varchar, loaded_at timestamp, data_until_at timestamp,"
        " status_code varchar, message varchar)"
    )
    con.execute(
        "create table ops.quarantine_reason (table_name varchar, column_name varchar, rule_code varchar,"
        " message_zh varchar, message_en varchar, row_count bigint,"
        " samples struct(source_file varchar, source_row bigint, value varchar)[],"
        " first_quarantined_at timestamp)"
    )
    con.execute(QUARANTINED_ROWS)
    model = ("model_name", "schema_name", "description", "compiled_sql", "reads")
    _create(con, "ops.model", dict.fromkeys(model, "varchar"))
    _create(con, "ops.dictionary", dict.fromkeys(DICTIONARY.names, "varchar"))
    dictionary = pa.Table.from_pylist(dictionary_rows(), schema=DICTIONARY)
    con.register("dictionary_rows", dictionary)
    con.execute("insert into ops.dictionary from dictionary_rows")
    con.unregister("dictionary_rows")


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert by name; what a row leaves out is NULL."""
    for columns, group in _by_columns(rows).items():
        marks = ", ".join("?" for _ in columns)
        con.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", group)


def _by_columns(rows: Iterable[Mapping[str, object]]) -> dict[tuple[str, ...], list[list[object]]]:
    groups: dict[tuple[str, ...], list[list[object]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append([json_safe(value) for value in row.values()])
    return groups


def json_safe(value: object) -> object:
    """Values as DuckDB's parameters take them."""
    return value if not isinstance(value, dict) else json.dumps(value, ensure_ascii=False)
