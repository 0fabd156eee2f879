"""The register of figures is what the marts' columns say, no more and no less."""

from datetime import date

from pipelines.figures import figure_rows

FIGURE = {
    "id": "otif",
    "name": {"zh": "供应商 OTIF", "en": "Supplier OTIF"},
    "formula": {"zh": "按期足量行 / 到期行", "en": "lines on time in full / lines due"},
    "unit": "share",
    "grain": "supplier",
    "owner": "supply",
    "direction": "higher",
    "target": 0.9,
    "version": 2,
    "since": "2025-01-01",
}


def manifest(*columns: dict[str, object]) -> dict[str, object]:
    node = {
        "name": "mart_supplier_scorecard",
        "resource_type": "model",
        "columns": {str(column["name"]): column for column in columns},
    }
    return {"nodes": {"model.gantry.mart_supplier_scorecard": node}}


def test_a_column_with_a_figure_is_one_row_and_one_without_is_none() -> None:
    rows = figure_rows(
        manifest({"name": "otif_share", "config": {"meta": {"figure": FIGURE}}}, {"name": "supplier_id"})
    )
    assert [(row["figure_id"], row["column_name"], row["target_value"], row["since_on"]) for row in rows] == [
        ("otif", "otif_share", 0.9, date(2025, 1, 1))
    ]


def test_a_figure_without_a_target_has_none_rather_than_zero() -> None:
    figure = {name: value for name, value in FIGURE.items() if name != "target"}
    (row,) = figure_rows(manifest({"name": "otif_share", "meta": {"figure": figure}}))
    assert row["target_value"] is None
