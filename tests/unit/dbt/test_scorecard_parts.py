"""The seed of the supplier score and the registered figures say the same of each part."""

import csv
from pathlib import Path

import yaml

FIGURES = {
    "otif": "otif",
    "on_time": "supplier_on_time_share",
    "lead_time": "supplier_lead_time_reliable_share",
    "quality": "supplier_rejected_ppm",
    "price": "supplier_price_index",
    "response": "supplier_response_days",
}


def test_parts_of_the_score_have_the_target_and_the_owner_of_their_figure(project_root: Path) -> None:
    with (project_root / "dbt_project/seeds/scorecard_weight.csv").open(encoding="utf-8", newline="") as file:
        parts = {row["part"]: (float(row["target"]), row["owner"]) for row in csv.DictReader(file)}
    models = yaml.safe_load((project_root / "dbt_project/models/marts/supply/_supply.yml").read_text("utf-8"))
    figures = {
        figure["id"]: (float(figure["target"]), figure["owner"])
        for model in models["models"]
        for column in model["columns"]
        if (figure := column.get("config", {}).get("meta", {}).get("figure")) and figure["target"] is not None
    }
    assert parts == {part: figures[name] for part, name in FIGURES.items()}
