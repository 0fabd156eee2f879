"""The forecasts on public data: bands that hold what they promise, baselines that beat the plain alternative.

The figures are floors and ceilings with some air around what was measured, so that a change that costs
accuracy fails here and one that moves a digit does not.
"""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ml import churn, delay, demand
from ml.backtest import metrics
from ml.backtest.origins import month_starts
from ml.delay.backtest import outcomes, score

NYC_AS_OF = date(2025, 9, 30)


@pytest.fixture(scope="module")
def phases(shared_data: Path) -> pl.DataFrame:
    """New York's school construction phases, as milestones."""
    file = shared_data / "nyc_schools" / "capital_project_schedules.csv"
    return duckdb.sql(
        f"""
        select
            cast(row_number() over () as varchar) as milestone_id,
            "Project Phase Name" as phase_code,
            "Project Type" as type_code,
            try_cast("Project Budget Amount" as double) as budget_amount,
            'USD' as currency_code,
            cast(try_strptime("Project Phase Planned End Date", '%m/%d/%Y') as date) as planned_finish_on,
            cast(try_strptime("Project Phase Actual Start Date", '%m/%d/%Y') as date) as started_on,
            cast(try_strptime("Project Phase Actual End Date", '%m/%d/%Y') as date) as finished_on,
            case
                when finished_on is not null then 'finished'
                when started_on is not null then 'started'
                else 'not_started'
            end as state_code
        from read_csv('{file}', all_varchar = true)
        """
    ).pl()


@pytest.fixture(scope="module")
def invoices(shared_data: Path) -> pl.DataFrame:
    """A wholesaler's invoice lines of seven months."""
    file = shared_data / "online_retail" / "transactions.parquet"
    return duckdb.sql(
        f"""
        select
            StockCode as product_id,
            cast(CustomerID as varchar) as customer_id,
            cast(strptime(InvoiceDate, '%m/%d/%y %-H:%M') as date) as ordered_on,
            if(Quantity < 0, 'return', 'sale') as kind_code,
            Quantity as quantity,
            false as is_cancelled
        from '{file}'
        """
    ).pl()


def test_every_unfinished_phase_gets_a_band(phases: pl.DataFrame) -> None:
    bands = delay.forecast(phases, NYC_AS_OF, publication_name="n", run_id="r")
    overdue = phases.filter(
        pl.col("finished_on").is_null(),
        pl.col("started_on").is_not_null(),
        pl.col("planned_finish_on") < NYC_AS_OF,
    )
    assert overdue.height == 660
    held = overdue.join(bands, on="milestone_id")
    assert held.height == 660
    assert held["finish_p10_on"].min() > NYC_AS_OF
    assert held["finish_p90_on"].null_count() == 0


def test_the_outside_view_beats_trusting_the_plan(phases: pl.DataFrame) -> None:
    origins = month_starts(date(2019, 1, 1), date(2025, 1, 1), every_months=6)
    rows = outcomes(phases, origins, NYC_AS_OF)
    everything = score(rows)
    # Of construction phases three in four are still open: what they will come to is not known, and the file
    # has dropped most of those that finished. Scope and design phases have come to their ends.
    decided = score(rows.filter(pl.col("phase_code").is_in(["Scope", "Design"])))
    assert decided["final_count"] > 0.9 * decided["count"]
    assert decided["pinball_days"] < 0.75 * decided["plan_pinball_days"]
    assert 0.75 <= decided["coverage_share"] <= 0.85
    assert everything["pinball_days"] < 0.5 * everything["plan_pinball_days"]


def test_seasonal_naive_on_the_m3_competition(shared_data: Path) -> None:
    series = pl.read_parquet(shared_data / "m3" / "monthly.parquet")
    train, test = (series.filter(part=part) for part in ("train", "test"))
    # Every series ends in the same month here: only the distance from its end matters.
    last = pl.col("t") - pl.col("t").max().over("unique_id")
    lines = train.select(
        product_id="unique_id",
        customer_id=pl.lit("all"),
        ordered_on=pl.lit(date(2020, 12, 1)).dt.offset_by(pl.format("{}mo", last)),
        kind_code=pl.lit("sale"),
        quantity=pl.max_horizontal("y", 0.001),
        is_cancelled=pl.lit(False),
    )
    bands = demand.forecast(
        lines, date(2020, 12, 31), publication_name="n", run_id="r", config=demand.DemandConfig(horizons=12)
    )
    horizon = 1 + pl.col("t") - pl.col("t").min().over("unique_id")
    scored = bands.join(
        test.select(product_id="unique_id", horizon_months=horizon, actual="y"),
        on=["product_id", "horizon_months"],
    )
    assert scored["method_code"].unique().to_list() == ["seasonal_naive"]
    assert scored.height == 12 * 1428
    assert 0.70 <= metrics.coverage(scored["actual"], scored["quantity_p10"], scored["quantity_p90"]) <= 0.85
    centre = metrics.pinball(scored["actual"], scored["quantity_p50"], 0.5)
    for share in (0.1, 0.9):
        band = metrics.pinball(scored["actual"], scored[f"quantity_p{round(100 * share)}"], share)
        assert band < centre


def test_demand_of_a_wholesaler(invoices: pl.DataFrame) -> None:
    result = demand.forecast(invoices, date(2011, 6, 26), publication_name="n", run_id="r")
    assert (
        result["product_id"].n_unique()
        == invoices.filter(pl.col("kind_code") == "sale")["product_id"].n_unique()
    )
    assert result["period_on"].min() == date(2011, 6, 1)
    assert set(result["method_code"].unique()) == {"naive_mean", "too_short"}
    # 74,215 jars ordered and taken back on 18 January are no demand.
    assert result.filter(product_id="23166")["quantity_p90"].max() < 10_000


def test_silence_ranks_those_who_will_not_come_back(invoices: pl.DataFrame) -> None:
    activity = (
        invoices.filter(pl.col("kind_code") == "sale", pl.col("customer_id").is_not_null())
        .group_by("customer_id", active_on="ordered_on")
        .agg(order_count=pl.lit(1))
    )
    # Half a year is too short for the limit of a year: sixty days, as in the published comparison.
    config = churn.ChurnConfig(floor_days=60, origin_step_days=7)
    origin = date(2011, 4, 26)
    risk = churn.forecast(
        activity,
        pl.DataFrame(schema=churn.PROJECT_SCHEMA),
        origin,
        publication_name="n",
        run_id="r",
        config=config,
    ).filter(method_code="silence_rate")
    limit = pl.col("last_order_on") + pl.duration(days="silence_limit_days")
    later = (
        activity.filter(pl.col("active_on") > origin).group_by("customer_id").agg(pl.col("active_on").min())
    )
    scored = (
        risk.join(later, on="customer_id", how="left")
        .filter(limit < date(2011, 6, 26))
        .with_columns(is_churned=(pl.col("active_on") > limit).fill_null(True))
    )
    is_churned, probability = scored["is_churned"], scored["churn_probability_share"]
    prevalence = is_churned.mean()
    assert metrics.average_precision(is_churned, probability) > 1.1 * prevalence
    assert metrics.brier(is_churned, probability) < prevalence * (1 - prevalence)
    assert metrics.lift(is_churned, probability) > 1.2
