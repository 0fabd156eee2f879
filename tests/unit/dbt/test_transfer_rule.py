"""The rule of transfers on wild stocks: the mart's own SQL, without dbt, on rows that hypothesis makes up."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

POSITION = (
    "stock_position_id varchar, warehouse_id varchar, product_id varchar, region_code varchar,"
    " quantity_available decimal(18,3), quantity_position decimal(18,3),"
    " reorder_point_quantity decimal(18,2), stockout_share decimal(9,3),"
    " unit_cost_amount decimal(18,4), is_short boolean, is_idle boolean,"
    " product_name varchar, unit_code varchar, warehouse_name varchar"
)
TABLES = {
    "mart_stock_position": POSITION,
    "dim_product": "product_id varchar, weight_kg double",
    "stg_ref__freight_tariffs": "tariff_id varchar, origin_region_code varchar,"
    " destination_region_code varchar, min_weight_kg double, max_weight_kg double,"
    " base_amount decimal(18,2), price_per_kg_amount decimal(18,4),"
    " currency_code varchar, transit_days bigint, valid_from_on date, valid_to_on date",
    "int_exchange_rate": "currency_code varchar, rate_on date, rate decimal(28,10)",
    "build_context": "as_of_on date, reporting_currency varchar",
}

quantities = st.decimals(min_value=-200, max_value=500, places=3)
Position = tuple[str, Decimal, Decimal, Decimal | None]
positions = st.lists(
    st.tuples(
        st.sampled_from(["M", "N"]),
        quantities,
        quantities,
        st.none() | st.decimals(min_value=0, max_value=300, places=2),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def con(project_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the mart as a view over tables of its inputs."""
    project = project_root / "dbt_project"
    macros = [project / "macros" / f"{name}.sql" for name in ("as_of_on", "reporting", "figures")]
    model = project / "models" / "marts" / "supply" / "mart_transfer_proposal.sql"
    text = "\n".join(file.read_text("utf-8") for file in (*macros, model))
    sql = jinja2.Template(text).render(ref=lambda name: name, source=lambda _, name: name)
    with duckdb.connect() as connection:
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")
        connection.execute("insert into build_context values (date '2025-09-30', 'CNY')")
        connection.execute(f"create view mart_transfer_proposal as {sql}")
        yield connection


@settings(max_examples=30, deadline=None)
@given(stock=positions)
def test_nobody_gives_below_its_reorder_point_and_nobody_gets_too_much(
    con: duckdb.DuckDBPyConnection, stock: list[Position]
) -> None:
    moves = _moves(con, stock)
    given_by: dict[str, Decimal] = defaultdict(Decimal)
    got_by: dict[str, Decimal] = defaultdict(Decimal)
    for giver, taker, product, quantity in moves:
        assert quantity > 0
        assert quantity == quantity.to_integral_value()
        assert {stock[int(giver[1:])][0], stock[int(taker[1:])][0]} == {product}
        given_by[giver] += quantity
        got_by[taker] += quantity
    for giver, quantity in given_by.items():
        _, available, position, reorder = stock[int(giver[1:])]
        assert min(available, position) - quantity >= (reorder or 0)
    for taker, quantity in got_by.items():
        _, _, position, reorder = stock[int(taker[1:])]
        assert reorder is not None
        assert position < reorder
        assert position + quantity < reorder + 1
    # All that can move moves: either nobody lacks any more, or nobody has any to spare.
    for product in {name for name, *_ in stock}:
        places = [place for name, *place in stock if name == product]
        lacking = sum(
            math.ceil(max(reorder - position, 0)) for _, position, reorder in places if reorder is not None
        )
        spare = sum(
            math.floor(max(min(available, position) - (reorder or 0), 0))
            for available, position, reorder in places
        )
        assert sum(quantity for _, _, name, quantity in moves if name == product) == min(lacking, spare)


def _moves(con: duckdb.DuckDBPyConnection, stock: list[Position]) -> list[tuple[str, str, str, Decimal]]:
    con.execute("delete from mart_stock_position")
    for number, (product, available, position, reorder) in enumerate(stock):
        is_short = reorder is not None and position < reorder
        con.execute(
            "insert into mart_stock_position values"
            " (?, ?, ?, 'east', ?, ?, ?, 0.5, 1, ?, false, null, null, null)",
            [f"P{number}", f"W{number}", product, available, position, reorder, is_short],
        )
    return con.execute(
        "select from_position_id, to_position_id, product_id, quantity from mart_transfer_proposal"
    ).fetchall()
