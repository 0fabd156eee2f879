"""The night's pieces: the gate, the model's rows in the frame, regions that add up, known demand."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.backtest.results import ROW_SCHEMA, BacktestResult
from ml.demand.backtest import backtest, monthly_origins
from ml.demand.config import INPUT_SCHEMA, OUTPUT_SCHEMA, DemandConfig, PanelConfig
from ml.demand.forecast import forecast
from ml.demand.gate import Verdict, verdict
from ml.demand.known import KNOWN_SCHEMA, with_known_demand
from ml.demand.model import DemandModel, train
from ml.demand.night import sold
from ml.demand.regions import REGION_OUTPUT_SCHEMA, forecast_regions
from tests.support.quick_members import QuickPool

AS_OF = date(2025, 6, 26)


@pytest.fixture(autouse=True)
def quick_members(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("backtest", "panel_forecast"):
        monkeypatch.setattr(f"ml.demand.{module}.SeriesPool", QuickPool)


def lines(products: int = 12, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    months = pl.date_range(date(2022, 6, 1), date(2025, 6, 1), "1mo", eager=True).to_list()
    rows = [
        (f"p{n:02d}", f"c{region}", month, "sale", float(rng.poisson(3 if n % 2 else 0.3)), False, region)
        for n in range(products) for month in months for region in ("north", "south", None)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={**INPUT_SCHEMA, "region_code": pl.String}, orient="row")


def result_of(rows: list[tuple]) -> BacktestResult:
    frame = pl.DataFrame(
        [("all", segment, "all", method, "pinball", value, count) for segment, method, value, count in rows],
        schema=ROW_SCHEMA,
        orient="row",
    )
    return BacktestResult("demand", 0, [], {}, {}, frame)


def test_a_class_ships_only_where_it_beats_the_baseline() -> None:
    found = verdict(
        result_of(
            [
                ("smooth", "model", 1.0, 50), ("smooth", "seasonal_naive", 2.0, 50),
                ("lumpy", "model", 2.0, 50), ("lumpy", "seasonal_naive", 2.0, 50),
                ("erratic", "model", 1.0, 5), ("erratic", "seasonal_naive", 2.0, 5),
            ]
        )
    )  # fmt: skip
    assert found.classes == {"smooth"}
    assert found.reasons["lumpy"].startswith("not_better: pinball 2 against 2 on 50")
    assert found.reasons["erratic"].startswith("too_few")
    assert not verdict(result_of([])).ships


def model_of(classes: set[str]) -> DemandModel:
    return DemandModel(Verdict(frozenset(classes), {}), result_of([]), DemandConfig(), PanelConfig())


def test_classes_that_pass_have_the_models_rows_and_the_others_the_baselines() -> None:
    rows = lines()
    baseline = forecast(rows, AS_OF, publication_name="n", run_id="r")
    found = forecast(rows, AS_OF, publication_name="n", run_id="r", model=model_of({"intermittent", "lumpy"}))
    assert found.schema == pl.Schema(OUTPUT_SCHEMA)
    assert found.select("product_id", "period_on").equals(baseline.select("product_id", "period_on"))
    changed = found.filter(pl.col("method_code") != "seasonal_naive")["product_id"].unique()
    assert set(changed) <= {f"p{n:02d}" for n in range(0, 12, 2)}
    assert len(changed)
    same = found.filter(~pl.col("product_id").is_in(changed.implode()))
    assert_frame_equal(same, baseline.filter(~pl.col("product_id").is_in(changed.implode())))
    assert (found["quantity_p10"] <= found["quantity_p50"]).all()
    assert_frame_equal(
        forecast(rows, AS_OF, publication_name="n", run_id="r", model=model_of(set())), baseline
    )


def test_training_judges_without_the_future() -> None:
    rows = lines(6)
    later = rows.with_columns(ordered_on=pl.lit(date(2025, 9, 1)), quantity=pl.lit(9e6))
    first = train(rows, AS_OF)
    second = train(pl.concat([rows, later]), AS_OF)
    assert first.verdict == second.verdict
    assert first.record.metrics == second.record.metrics
    assert set(first.record.metrics) == {"model", "seasonal_naive", "last_quarter_mean"}
    assert {"wape_30", "wape_60", "coverage_80"} <= set(first.record.metrics["model"])


def test_origins_leave_months_to_judge() -> None:
    rows = lines(1)
    origins = monthly_origins(rows, AS_OF)
    assert (origins[0], origins[-1]) == (date(2022, 8, 31), date(2025, 3, 31))
    assert monthly_origins(rows, AS_OF, since=date(2025, 2, 1)) == [date(2025, 2, 28), date(2025, 3, 31)]
    assert monthly_origins(rows.head(0), AS_OF) == []
    assert backtest(rows, [], AS_OF, clock=float).n == 0


def test_regions_add_up_to_the_product() -> None:
    rows = lines()
    products = forecast(rows, AS_OF, publication_name="n", run_id="r")
    found = forecast_regions(rows, products, AS_OF)
    assert found.schema == pl.Schema(REGION_OUTPUT_SCHEMA)
    assert set(found["region_code"]) == {"north", "south", "unknown"}
    sums = (
        found.group_by("product_id", "period_on")
        .agg(pl.col("quantity_p50").sum())
        .sort("product_id", "period_on")
    )
    assert sums["quantity_p50"].to_list() == pytest.approx(products["quantity_p50"].to_list())
    assert (found["quantity_naive"] >= 0).all()
    for low, high in (("p10", "p50"), ("p50", "p80"), ("p80", "p90")):
        assert (found[f"quantity_{low}"] <= found[f"quantity_{high}"]).all()
    assert (found["quantity_p10"] >= 0).all()


def test_sales_are_told_for_all_and_by_region_with_returns_netted() -> None:
    def line(customer: str, quantity: float, kind: str = "sale") -> dict:
        return {
            "product_id": "p",
            "customer_id": customer,
            "ordered_on": date(2025, 4, 9),
            "kind_code": kind,
            "quantity": quantity,
            "is_cancelled": False,
        }

    rows = pl.DataFrame(
        [line("c1", 5.0), line("c1", 2.0, "return"), line("c2", 4.0), line("c3", 1.0)], schema=INPUT_SCHEMA
    )
    customers = pl.DataFrame({"customer_id": ["c1", "c2"], "region_code": ["north", "south"]})
    found = sold(rows, customers, AS_OF)
    assert dict(found.select("region_code", "quantity").rows()) == {
        None: 8.0,
        "north": 3.0,
        "south": 4.0,
        "unknown": 1.0,
    }


def test_commitments_are_a_floor_and_great_deals_come_on_top() -> None:
    rows = lines(2)
    coming = forecast(rows, AS_OF, publication_name="n", run_id="r")
    month = coming["period_on"][0]
    known = pl.DataFrame(
        [
            ("p00", month, 500.0, 1.0),
            ("p01", month.replace(day=9), 1000.0, 0.4),
            ("p01", month, 1.0, 0.9),
            (None, month, 5.0, 1.0),
        ],
        schema=KNOWN_SCHEMA,
        orient="row",
    )
    found = with_known_demand(coming, known)
    committed, dealt = found.row(0, named=True), found.filter(product_id="p01").row(0, named=True)
    assert committed["quantity_p10"] >= 500
    assert committed["method_code"].endswith("_known")
    before = coming.filter(product_id="p01").row(0, named=True)
    assert dealt["quantity_p50"] < 100 < 1000 <= dealt["quantity_p80"]
    assert dealt["quantity_p50"] >= before["quantity_p50"]
    assert_frame_equal(found.filter(horizon_months=2), coming.filter(horizon_months=2))
    assert_frame_equal(with_known_demand(coming, known.head(0)), coming)
