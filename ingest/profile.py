"""Is a batch like its contract says and like the last loads? Judged by Great Expectations.

The profiles in `ops.profile` are small, so the suite runs over a frame of a batch's measures with their
limits: what the contract promises where it does, else what the last loads were with a margin.
"""

import logging
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb

from ingest.ledger import LOADED, SOURCE_COLUMN
from ingest.sql import literal, quoted
from lake.checks import CheckResult, Severity
from lake.contracts import Contract
from lake.run import RunContext
from lake.text import text

if TYPE_CHECKING:
    import pandas as pd

CHECK_NAME = "batch_profile"
WARN: Severity = "warn"
#: How many earlier loads are looked at, and how many it takes to know what is usual.
HISTORY_LOADS, ENOUGH_LOADS = 10, 3
#: A batch may have this much less or more than the smallest or largest of the last loads.
VOLUME_MARGIN = 2.0
NULL_SHARE_MARGIN, CODE_SHARE_MARGIN = 0.10, 0.15
#: A mean may move by this share of the usual spread of values.
MEAN_MARGIN = 0.5
KINDS = ("volume", "nulls", "range", "drift")


def profile_checks(
    con: duckdb.DuckDBPyConnection,
    contracts: Sequence[Contract],
    run: RunContext,
    language: str | None = None,
) -> dict[str, CheckResult]:
    """By contract, the check on the batch that this run loaded into its table; those it loaded alone.

    Many tables are judged in one go: a look into the lake and a validation have their price, whatever their
    size.
    """
    frame = limits(con, contracts, run)
    if frame.empty:
        return {}
    outside = _outside(frame)
    checks = {}
    for contract in contracts:
        own = frame[frame["table_name"] == contract.name]
        if not own.empty:
            checks[contract.name] = _verdict(contract, own, own[own.index.isin(outside)], language)
    return checks


def limits(con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract], run: RunContext) -> "pd.DataFrame":
    """This run's measures (table_name, column_name, metric_code, kind, value) with `lower` and `upper`."""
    past = _past(con, run)
    promises = ", ".join(row for contract in contracts for row in _promises(contract))
    return con.execute(
        f"""
        with promise(table_name, column_name, minimum, maximum, is_required) as (values {promises}),
        now as (
            select table_name, column_name, metric_code, value from lake.ops.profile
            where run_id = $run and list_contains($tables, table_name)
                and metric_code not in ('{SOURCE_COLUMN}', 'spread')
        ),
        measured as (
            select n.table_name, n.column_name, n.metric_code, n.value, p.least, p.most,
                coalesce(s.usual, 0) as spread, coalesce(p.loads, 0) >= {ENOUGH_LOADS} as is_known,
                r.minimum, r.maximum, r.is_required
            from now n
            left join {past} p using (table_name, column_name, metric_code)
            left join {past} s on s.table_name = n.table_name and s.column_name = n.column_name
                and s.metric_code = 'spread'
            left join promise r on r.table_name = n.table_name and r.column_name = n.column_name
        )
        select table_name, column_name, metric_code, value,
            case when metric_code = 'rows' then 'volume' when metric_code = 'null_share' then 'nulls'
                when metric_code in ('minimum', 'maximum') then 'range' else 'drift' end as kind,
            case when metric_code in ('minimum', 'maximum') then coalesce(minimum, '-infinity')
                when not is_known then '-infinity'
                when metric_code = 'rows' then least / {VOLUME_MARGIN}
                when metric_code = 'null_share' then least - {NULL_SHARE_MARGIN}
                when metric_code = 'mean' then least - {MEAN_MARGIN} * spread
                else least - {CODE_SHARE_MARGIN} end::double as lower,
            case when metric_code in ('minimum', 'maximum') then coalesce(maximum, 'infinity')
                when metric_code = 'null_share' and is_required then 0
                when not is_known then 'infinity'
                when metric_code = 'rows' then most * {VOLUME_MARGIN}
                when metric_code = 'null_share' then most + {NULL_SHARE_MARGIN}
                when metric_code = 'mean' then most + {MEAN_MARGIN} * spread
                else most + {CODE_SHARE_MARGIN} end::double as upper
        from measured order by all
        """,
        {"run": run.run_id, "tables": [contract.name for contract in contracts]},
    ).df()


def _past(con: duckdb.DuckDBPyConnection, run: RunContext) -> str:
    """What is usual, of all tables: read once a run, because every look into the lake has its price."""
    table = quoted(f"profile_before_{run.run_id}")
    con.execute(
        f"""
        create temp table if not exists {table} as
        with loads as (
            select run_id, table_name from lake.ops.load
            where status_code = '{LOADED}' and run_id <> $run
            qualify row_number() over (partition by table_name order by started_at desc) <= {HISTORY_LOADS}
        )
        select table_name, column_name, metric_code, count(*) as loads, min(value) as least,
            max(value) as most, avg(value) as usual
        from lake.ops.profile semi join loads using (run_id, table_name) group by all
        """,
        {"run": run.run_id},
    )
    return table


def _promises(contract: Contract) -> list[str]:
    """SQL rows of what the contract promises of numbers and of filled columns."""
    rows = []
    for column in contract.columns:
        bounds = [
            bound if isinstance(bound, int | float) else None for bound in (column.minimum, column.maximum)
        ]
        low, high = ("NULL" if bound is None else repr(float(bound)) for bound in bounds)
        required = column.is_required or column.name in contract.key
        rows.append(
            f"({literal(contract.name)}, {literal(column.name)}, {low}::double, {high}::double, "
            f"{literal(required)})"
        )
    return rows


def _outside(frame: "pd.DataFrame") -> set[int]:
    """Index of the measures outside of their limits, according to Great Expectations."""
    # Imported here: it takes seconds, and a night without new files needs none of it.
    import great_expectations as gx

    # This one of its loggers sets itself to INFO and tells of each temporary folder.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    batch = _batches(gx).get_batch(batch_parameters={"dataframe": frame.reset_index(names="measure")})
    result = batch.validate(
        suite(gx), result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["measure"]}
    )
    outside: set[int] = set()
    for verdict in result.results:
        if verdict.exception_info.get("raised_exception"):
            raise RuntimeError(f"Great Expectations: {verdict.exception_info['exception_message']}")
        outside |= {row["measure"] for row in verdict.result.get("unexpected_index_list") or ()}
    return outside


@cache
def _batches(gx: Any) -> Any:
    """Where Great Expectations takes frames from; nothing of it is written to disk."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("profiles").add_dataframe_asset("measures")
    return asset.add_batch_definition_whole_dataframe("all")


def suite(gx: Any) -> Any:
    """The expectations of a batch: no measure below its lower limit, none above its upper one."""
    pairs = [("value", "lower"), ("upper", "value")]
    return gx.ExpectationSuite(
        name="profile",
        expectations=[
            gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=greater, column_B=less, or_equal=True
            )
            for greater, less in pairs
        ],
    )


def _verdict(
    contract: Contract, frame: "pd.DataFrame", failing: "pd.DataFrame", language: str | None
) -> CheckResult:
    within = f"{len(frame) - len(failing)} / {len(frame)}"
    if failing.empty:
        message = text("ingest.check_passed", language)
        return CheckResult(CHECK_NAME, contract.raw_table, WARN, True, within, within, message)
    messages = []
    for kind in KINDS:
        columns = [name or "rows" for name in failing.loc[failing["kind"] == kind, "column_name"].unique()]
        if columns:
            messages.append(text(f"ingest.check_{kind}", language, columns=", ".join(columns)))
    named = [f"{row.column_name} {row.metric_code}".strip() for row in failing.itertuples()]
    expected = "; ".join(
        f"{name} in [{row.lower:.4g}, {row.upper:.4g}]"
        for name, row in zip(named, failing.itertuples(), strict=True)
    )
    actual = "; ".join(
        f"{name} = {row.value:.4g}" for name, row in zip(named, failing.itertuples(), strict=True)
    )
    return CheckResult(CHECK_NAME, contract.raw_table, WARN, False, expected, actual, "; ".join(messages))
