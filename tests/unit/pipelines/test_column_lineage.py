"""Columns are traced through the SQL that models are written in, down to the tables that no model makes."""

from pathlib import Path

from pipelines.column_lineage import ColumnGraph, column_graph, columns_read, places_in

SCHEMA = {
    "stg_lines": {"line_id": "VARCHAR", "quantity": "DOUBLE", "price": "DOUBLE", "promised_on": "DATE"},
    "stg_receipts": {"line_id": "VARCHAR", "accepted": "DOUBLE", "received_on": "DATE"},
    "figure_default": {"name": "VARCHAR", "value": "DOUBLE"},
}
FACT = """
with lines as (select * from build.staging.stg_lines),
received as (
    select lines.line_id, sum(receipts.accepted) as accepted
    from lines
    inner join "build"."staging"."stg_receipts" as receipts on lines.line_id = receipts.line_id
    group by lines.line_id
)
select
    lines.line_id,
    lines.quantity * lines.price as amount,
    received.accepted
        >= lines.quantity * (1 - (select value from marts.figure_default where name = 'share')) as is_full,
    count(*) over () as line_count
from lines left join received on lines.line_id = received.line_id
"""


def test_a_column_reads_what_its_expression_reads_through_stars_ctes_and_subqueries() -> None:
    read = columns_read(FACT, SCHEMA)
    assert read["amount"] == [("stg_lines", "price"), ("stg_lines", "quantity")]
    assert read["is_full"] == [
        ("figure_default", "name"),
        ("figure_default", "value"),
        ("stg_lines", "quantity"),
        ("stg_receipts", "accepted"),
    ]
    assert read["line_count"] == []


def test_a_union_reads_both_of_its_sides() -> None:
    union = "select line_id as id from stg_lines union all by name select line_id as id from stg_receipts"
    assert columns_read(union, SCHEMA) == {"id": [("stg_lines", "line_id"), ("stg_receipts", "line_id")]}


def test_an_as_of_join_is_followed() -> None:
    joined = (
        "select l.price * r.accepted as value from stg_lines as l"
        " asof left join stg_receipts as r on l.line_id = r.line_id and l.promised_on >= r.received_on"
    )
    assert columns_read(joined, SCHEMA)["value"] == [("stg_lines", "price"), ("stg_receipts", "accepted")]


def test_leaves_are_the_columns_of_tables_that_no_model_makes(tmp_path: Path) -> None:
    models = {
        "fct_line": FACT,
        "stg_lines": "select id as line_id, menge as quantity, preis as price from lake.raw.raw_lines",
    }
    schema = SCHEMA | {"raw_lines": {"id": "VARCHAR", "menge": "DOUBLE", "preis": "DOUBLE"}}
    parents = {"fct_line": list(SCHEMA), "stg_lines": ["raw_lines"]}
    graph = column_graph(models, parents, schema, tmp_path / "kept.json")
    leaves = graph.leaves(places_in("sum(amount) filter (where is_full)", "fct_line"))
    assert leaves == {
        ("raw_lines", "menge"),
        ("raw_lines", "preis"),
        ("stg_receipts", "accepted"),
        ("figure_default", "name"),
        ("figure_default", "value"),
    }


def test_a_forecast_is_made_of_all_that_it_reads() -> None:
    graph = ColumnGraph(
        {
            "mart_outlook": {"p80": [("ml_forecast", "p80")]},
            "fct_task": {"on": [("raw_tasks", "finished_on")]},
        },
        {"ml_forecast": [("fct_task", "on")]},
    )
    assert graph.leaves([("mart_outlook", "p80")]) == {("raw_tasks", "finished_on")}


def test_what_was_parsed_once_is_remembered_and_changed_sql_is_not(tmp_path: Path, monkeypatch) -> None:
    kept = tmp_path / "kept.json"
    arguments = ({"fct_line": FACT}, {"fct_line": list(SCHEMA)}, SCHEMA, kept)
    first = column_graph(*arguments)
    parsed: list[str] = []
    monkeypatch.setattr("pipelines.column_lineage.columns_read", lambda sql, schema: parsed.append(sql) or {})
    assert column_graph(*arguments) == first
    assert parsed == []
    column_graph({"fct_line": "select 1 as one"}, {"fct_line": []}, SCHEMA, kept)
    assert parsed == ["select 1 as one"]


def test_sql_that_cannot_be_followed_has_no_lineage_and_stops_nothing(tmp_path: Path) -> None:
    graph = column_graph({"fct_x": "select from where ("}, {}, SCHEMA, tmp_path / "kept.json")
    assert graph.leaves([("fct_x", "anything")]) == set()
