"""On the made-up company the planted causes are found and the bands hold, whatever the seed."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest

from ml.delay.config import ModelConfig
from ml.delay.drivers import drivers
from ml.delay.features import asked_at, features
from ml.delay.items import milestone_items
from ml.delay.model import train
from ml.delay.rolling import backtest
from sandbox.company import simulate

UNTIL = date(2026, 6, 30)


def items_of(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    orders = frames["erp__purchase_orders"].select("purchase_order_id", "ordered_on")
    lines = (
        frames["erp__purchase_lines"]
        .join(orders, on="purchase_order_id")
        .with_columns(purchase_line_id=pl.format("{}/{}", "purchase_order_id", "line_no"))
    )
    projects = frames["projects__projects"]
    about = projects.select("project_id", "customer_id", "type_code", "region_code")
    milestones = frames["projects__milestones"].join(about, on="project_id")
    return milestone_items(milestones, projects, lines)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 8])
def test_bands_hold_and_late_suppliers_are_told(seed: int) -> None:
    world = simulate(seed, 0.1, UNTIL)
    items = items_of(world.frames)
    result = backtest(items, UNTIL, from_on=date(2025, 1, 1), draws=20)
    found = {method: dict(measures) for method, measures in result.metrics.items()}
    assert 0.75 <= found["model"]["coverage_80"] <= 0.85
    assert found["model"]["auc"] > found["hist_gradient_boosting"]["auc"]
    assert found["model"]["pinball"] < min(
        found["reference_class"]["pinball"], found["planned_date"]["pinball"]
    )
    # Deliveries that waited for a supplier were likelier to be late before anybody knew.
    day = date(2025, 6, 30)
    caused = world.truth["causes"].filter(cause_code="late_supplier", effect_code="milestone_delay")
    deliveries = items.filter(
        pl.col("segment_code") == "DELIVERY", pl.col("started_on") > day, pl.col("finished_on").is_not_null()
    )
    asked = asked_at(deliveries, pl.col("started_on"))
    model = train(items, day, ModelConfig())
    is_caused = asked["item_id"].is_in(caused["affected_id"].to_list()).to_numpy()
    late = model.predict(items, asked).late_share()
    assert late[is_caused].mean() > late[~is_caused].mean()
    told = drivers(model, features(items, asked, model.config), asked["segment_code"])
    assert "supplier" in set(told["driver_1_code"]) | set(told["driver_2_code"]) | set(told["driver_3_code"])
