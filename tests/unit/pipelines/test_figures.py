"""The register of figures is what the marts' columns say, no more and no less, and says what is wrong."""

import copy
from datetime import date
from typing import Any

import pytest

from lake.figures.reading import figure_of
from pipelines.figures import FigureBlock, FigureDefinitionError, figure_rows, problems

FIGURE: dict[str, Any] = {
    "id": "otif",
    "name": {"zh": "供应商 OTIF", "en": "Supplier OTIF"},
    "formula": {"zh": "按期足量行 / 到期行", "en": "lines on time in full / lines due"},
    "unit": "share",
    "grain": "supplier",
    "owner": "supply",
    "direction": "higher",
    "target": 0.9,
    "version": 1,
    "since": "2025-01-01",
    "of": {
        "from": "fct_purchase_line",
        "where": "is_due",
        "value": "count(*) filter (where is_otif) / nullif(count(*), 0)",
        "kind": "share",
        "key": "purchase_line_id",
        "filters": {"supplier": "supplier_id", "month": "due_month_on"},
        "evidence": {"from": "fct_receipt_line", "on": "purchase_line_id", "key": "receipt_id"},
    },
}
TABLES = ("fct_purchase_line", "fct_receipt_line", "mart_supplier_scorecard")


def manifest(*columns: dict[str, object]) -> dict[str, Any]:
    nodes = {
        f"model.gantry.{name}": {"name": name, "resource_type": "model", "columns": {}} for name in TABLES
    }
    nodes["model.gantry.mart_supplier_scorecard"]["columns"] = {
        str(column["name"]): column for column in columns
    }
    return {"nodes": nodes}


def of_figure(figure: dict[str, Any]) -> dict[str, Any]:
    return manifest({"name": "otif_share", "config": {"meta": {"figure": figure}}})


def changed(**changes: Any) -> dict[str, Any]:
    """The figure with some keys set (None: left out)."""
    figure = copy.deepcopy(FIGURE) | changes
    return {name: value for name, value in figure.items() if value is not None}


def told(figure: dict[str, Any]) -> str:
    return "\n".join(problems([FigureBlock("_supply.yml", "mart_supplier", "otif", figure)], TABLES))


def test_a_column_with_a_figure_is_one_row_and_one_without_is_none() -> None:
    rows = figure_rows(
        manifest({"name": "otif_share", "config": {"meta": {"figure": FIGURE}}}, {"name": "supplier_id"})
    )
    assert [(row["figure_id"], row["column_name"], row["target_value"], row["since_on"]) for row in rows] == [
        ("otif", "otif_share", 0.9, date(2025, 1, 1))
    ]


def test_a_figure_without_a_target_has_none_rather_than_zero() -> None:
    (row,) = figure_rows(manifest({"name": "otif_share", "meta": {"figure": changed(target=None)}}))
    assert row["target_value"] is None


def test_the_sql_of_a_figure_counts_the_rows_it_names() -> None:
    (row,) = figure_rows(of_figure(FIGURE))
    assert row["sql"] == (
        "select count(*) filter (where is_otif) / nullif(count(*), 0) as value, count(*) as n"
        " from marts.fct_purchase_line where (is_due)"
    )


def test_a_row_read_back_is_the_figure_with_its_filters_and_evidence() -> None:
    figure = figure_of(figure_rows(of_figure(FIGURE))[0])
    assert figure.of is not None
    assert figure.of.evidence is not None
    assert dict(figure.of.filters) == {"supplier": "supplier_id", "month": "due_month_on"}
    assert (figure.of.evidence.table, figure.of.evidence.key) == ("fct_receipt_line", "receipt_id")
    assert figure.sql({"supplier": "supplier_id"}).endswith(
        'where (is_due) and cast("supplier_id" as varchar) = $supplier'
    )


def test_a_figure_that_is_no_aggregate_is_one_cell_of_its_mart() -> None:
    figure = figure_of(figure_rows(of_figure(changed(of=None)))[0])
    assert figure.of is None
    assert figure.sql().endswith("from marts.mart_supplier_scorecard")


EARLIER = [{"version": 1, "since": "2025-01-01", "formula": FIGURE["formula"]}]
WHY = {"zh": "放宽", "en": "two days allowed"}


def test_versions_stand_oldest_first_with_the_one_in_force_last() -> None:
    figure = figure_of(
        figure_rows(of_figure(changed(version=2, since="2026-07-01", earlier=EARLIER, why=WHY)))[0]
    )
    assert [(each.version, each.since_on.isoformat(), each.why.get("en")) for each in figure.versions] == [
        (1, "2025-01-01", None),
        (2, "2026-07-01", "two days allowed"),
    ]


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (changed(targt=0.9), "figure does not know targt: write one of id, name"),
        (changed(owner=None), "figure lacks owner: write owner: …"),
        (changed(direction="up"), "figure.direction is 'up': write one of higher, lower, neutral"),
        (changed(id="OTIF share"), "figure.id is 'OTIF share'"),
        (changed(version=2, why=WHY), "has the earlier versions []: list 1 under earlier"),
        (changed(version=2, earlier=EARLIER), "a new version needs its reason: write why"),
        (
            changed(version=2, since="2024-01-01", earlier=EARLIER, why=WHY),
            "write the days of since in order",
        ),
        (changed(of=FIGURE["of"] | {"kind": "ratio"}), "figure.of.kind is 'ratio'"),
        (changed(of=FIGURE["of"] | {"from": "stg_erp__receipts"}), "figure.of.from is 'stg_erp__receipts'"),
        (changed(of=FIGURE["of"] | {"from": "fct_purchase"}), "there is no model fct_purchase"),
        (changed(of=FIGURE["of"] | {"scale": [1, 5]}), "of.scale is for a mean, not for a share"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(figure: dict[str, Any], said: str) -> None:
    assert said in told(figure)
    assert told(figure).startswith("_supply.yml, model mart_supplier, column otif: ")


def test_an_id_that_stands_twice_names_where_it_stands_already() -> None:
    blocks = [FigureBlock("_a.yml", "mart_a", "x", FIGURE), FigureBlock("_b.yml", "mart_b", "y", FIGURE)]
    (told,) = problems(blocks)
    assert told.startswith("_b.yml, model mart_b, column y: id otif stands already at")
    assert told.endswith("_a.yml, model mart_a, column x: write another id")


def test_a_night_does_not_publish_figures_that_are_wrong() -> None:
    with pytest.raises(FigureDefinitionError, match="lacks unit"):
        figure_rows(of_figure(changed(unit=None)))
