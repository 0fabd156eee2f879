"""What the forecasts page says: overrides and their worth, bands that are muted, cards of models."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from actions.kinds import Approve, OverrideForecast, Reject
from actions.records import Action
from cockpit.services import bands, forecasts, model_cards, overrides
from cockpit.services.items import Names
from ml.drift import DRIFT_SCHEMA
from tests.support.published_forecasts import SCHEMAS, forecast_rows

OCTOBER = dt.date(2025, 10, 1)
AS_OF = dt.date(2025, 9, 30)
NAMES = Names("en", {}, {})
ROWS = forecast_rows()


def frame(table: str) -> pl.DataFrame:
    return pl.DataFrame(ROWS[f"ml.{table}"], schema=SCHEMAS[table])


def said(quantity="120", *, model="100", limit="0.1", expires=dt.date(2025, 10, 31)) -> OverrideForecast:
    return OverrideForecast(
        product_id="A-100",
        region_code=None,
        period_on=OCTOBER,
        model_quantity=Decimal(model),
        quantity=Decimal(quantity),
        expires_on=expires,
        limit_share=Decimal(limit),
    )


def action(number: int, payload, by="Li Na", undoes=None) -> Action:
    return Action(
        number,
        f"a{number}",
        payload.kind_code,
        "forecast",
        "A-100|*|2025-10-01",
        number,
        payload,
        "customer",
        "a tender",
        by,
        dt.datetime(2025, 9, 29, 9, number),
        undoes,
    )


@pytest.mark.parametrize(
    ("chain", "state", "is_agreed"),
    [
        ([action(1, said())], "waiting", False),
        ([action(1, said("105"))], "not_needed", True),
        ([action(1, said()), action(2, Approve(answers_action_id="a1"), "P01")], "approved", True),
        ([action(1, said()), action(2, Reject(answers_action_id="a1"), "P01")], "rejected", False),
        ([action(1, said("105", expires=dt.date(2025, 9, 1)))], "expired", False),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_how_an_override_stands(chain, state, is_agreed):
    (found,) = overrides.standing([chain], AS_OF)
    assert (found.state_code, found.is_agreed, found.version) == (state, is_agreed, len(chain))
    assert overrides.of_forecast([found], "A-100", None) == {OCTOBER: found}
    assert overrides.of_forecast([found], "A-100", "east") == {}
    row = overrides.table([found], {"A-100": "冷水机组"}, NAMES).row(0, named=True)
    assert (row["product_name"], row["model_quantity"], row["region_code"]) == (
        "冷水机组",
        100,
        "All regions",
    )


def test_what_was_taken_back_stands_no_more():
    chain = [action(1, said()), action(2, said(), undoes="a1")]
    assert overrides.standing([chain], AS_OF) == []


def test_the_form_says_what_saving_would_mean():
    target = ("A-100", None, OCTOBER)
    until_on, limit = dt.date(2025, 10, 31), Decimal("0.2")
    assert overrides.draft(target, 100, ("quantity", None), until_on, limit) is None
    small = overrides.draft(target, 100, ("factor", 1.1), until_on, limit)
    assert overrides.preview(small, "en") == (
        "Model 100 → 110 (+10.0%). Within 20.0%: it counts as soon as it is saved."
    )
    large = overrides.draft(target, None, ("quantity", 30.0), until_on, limit)
    assert "another person must approve" in overrides.preview(large, "en")
    assert overrides.subject(large) == "A-100|*|2025-10-01"


def test_a_kind_of_override_with_a_poor_record_is_told_and_a_good_one_is_not():
    card = frame("ml_override_card")
    payload = said("120", limit="1")
    told = overrides.warning(card, payload, "Li Na", "weather", NAMES)
    assert "(Li Na · " in told
    assert "· 10–25%) added −24.0 points over 9 outcomes" in told
    assert overrides.warning(card, said("105", limit="1"), "P01", "customer", NAMES) == ""
    assert overrides.warning(pl.DataFrame(), payload, "Li Na", "weather", NAMES) == ""


def test_value_added_on_the_page_is_that_of_the_card():
    card = frame("ml_override_card")
    for grouping, code in (("person", "person"), ("reason", "reason"), ("size", "size")):
        shown = overrides.worth(card, grouping, 30, NAMES)
        rows = card.filter(group_code=code, lag_days=30, step_code="override")
        assert sorted(w.value for w in shown) == sorted(rows["value_added_share"])
        assert {w.count for w in shown} == {9, 4}
    by_person = {w.label: w for w in overrides.worth(card, "person", 30, NAMES)}
    assert by_person["P01"].value == pytest.approx(0.0625)
    assert by_person["Li Na"].high < 0
    steps = overrides.worth(card, "step", 30, NAMES)
    assert [w.label for w in steps] == ["Model", "Override", "Agreed"]
    assert overrides.worth(card, "step", 60, NAMES) == []
    assert "overrides added" in overrides.worth_finding(card, 30, "en")
    assert "No outcome" in overrides.worth_finding(pl.DataFrame(), 30, "en")


def test_demand_draws_gaps_as_nothing_and_last_year_beside_it():
    history = pl.DataFrame(
        {
            "period_on": [dt.date(2024, 10, 1), dt.date(2024, 12, 1), dt.date(2025, 9, 1)],
            "quantity_actual": [5.0, 7.0, 9.0],
        }
    )
    ahead = pl.DataFrame(
        {"period_on": [OCTOBER], "quantity_p10": [1.0], "quantity_p50": [2.0], "quantity_p90": [3.0]}
    )
    standing = {OCTOBER: overrides.standing([[action(1, said())]], AS_OF)[0]}
    lines = forecasts.demand_lines(history, ahead, {}, standing, "en")
    assert len(lines.months) == 12
    assert lines.actual[:3] == [5.0, 0.0, 7.0]
    assert dict(zip(lines.naive_months, lines.naive, strict=True))[OCTOBER] == 5.0
    assert (lines.override, lines.is_agreed) == ([120.0], [False])
    given = forecasts.demand_lines(history, ahead, {OCTOBER: 6.0}, {}, "en")
    assert dict(zip(given.naive_months, given.naive, strict=True))[OCTOBER] == 6.0
    assert forecasts.demand_lines(history.head(0), ahead, {}, {}, "en").months == []


def test_a_band_that_held_too_seldom_is_muted_and_says_why():
    card, none = frame("ml_demand_card"), pl.DataFrame()
    tried = bands.demand_held(none, card)
    assert (tried.share, tried.is_live, tried.is_muted) == (
        0.7,
        False,
        True,
    )  # the baseline's: it is published
    assert "Below 75%" in tried.words("en")
    booked = pl.DataFrame(
        [
            {
                "lag_days": 30,
                "region_code": None,
                "quantity_p10": 1.0,
                "quantity_p90": 3.0,
                "quantity_actual": float(n % 5),
            }
            for n in range(40)
        ],
        schema_overrides={"region_code": pl.String},
    )
    live = bands.demand_held(booked, card)
    assert (live.share, live.count, live.is_live, live.is_muted) == (0.6, 40, True, True)
    assert not bands.demand_held(booked.head(10), card).is_live
    assert bands.demand_held(none, none) is None


def test_bands_of_delay_are_muted_by_their_record_and_their_schedule():
    milestones = pl.DataFrame(
        {
            "milestone_id": ["M1", "M2", "M3"],
            "project_id": ["P1", "P1", "P2"],
            "phase_code": ["construction", "design", "design"],
            "reference_class": ["x", "y", "y"],
        }
    )
    trust = pl.DataFrame(
        {
            "milestone_id": ["M1", "M2", "M3"],
            "tier_code": [None, "A", None],
            "is_schedule_trusted": [True, True, False],
        },
        schema_overrides={"tier_code": pl.String},
    )
    calm = drift_of("delay", is_drifted=False)
    found = bands.delay_mutes(milestones, frame("ml_coverage_card"), trust, calm)
    assert dict(found.rows()) == {"M1": "coverage_low", "M2": None, "M3": "schedule_fails"}
    assert bands.muted_classes(milestones, found) == {"x"}
    assert bands.mute_summary(found, "en").startswith("Bands of 2 of 3 open milestones")
    free = bands.delay_mutes(milestones, pl.DataFrame(), trust, pl.DataFrame())
    assert dict(free.rows())["M1"] is None
    assert bands.mute_summary(free.head(1), "en") == ""
    # Forced drift mutes every band, whatever the record says of them.
    drifted = bands.delay_mutes(
        milestones, frame("ml_coverage_card"), trust, drift_of("delay", is_drifted=True)
    )
    assert set(drifted["muted_reason_code"]) == {"feature_drift"}
    assert "features have drifted (3)" in bands.mute_summary(drifted, "en")


def drift_of(question: str, *, is_drifted: bool) -> pl.DataFrame:
    rows = [
        {"feature_code": "moved", "psi": 1.5 if is_drifted else 0.1, "is_drifted": is_drifted},
        {"feature_code": "calm", "psi": 0.01, "is_drifted": False},
    ]
    told = {"question_code": question, "anchor_on": dt.date(2025, 9, 29), "psi_limit": 0.25}
    return pl.DataFrame([told | row for row in rows], schema=DRIFT_SCHEMA)


def test_drift_is_told_in_words_and_hides_the_band_of_churn():
    told = bands.drift_words(drift_of("churn", is_drifted=True), "en")
    assert told.startswith(
        "1 of 2 features have drifted since training (2025-09-29): PSI up to 1.50, limit 0.25"
    )
    assert bands.drift_words(drift_of("churn", is_drifted=True), "zh").startswith("与训练时")
    for calm in (drift_of("churn", is_drifted=False), pl.DataFrame()):
        assert bands.drift_words(calm, "en") == ""
    rows = frame("ml_churn_risk").with_columns(
        customer_name=pl.col("customer_id"), segment_code=pl.lit("school")
    )
    shown = set(forecasts.churn_table(rows, "en").columns)
    hidden = set(forecasts.churn_table(rows, "en", has_band=False).columns)
    assert shown - hidden == {"churn_probability_low_share", "churn_probability_high_share"}


def test_the_record_of_coverage_is_that_of_its_table():
    coverage = frame("ml_coverage_card")
    shown = bands.segment_table(bands.segments(coverage, "en"))
    assert shown["coverage_share"].to_list() == [0.79, 0.82, 0.55, 0.75]
    assert shown["segment"].to_list() == ["all milestones", "design", "construction", "tier A"]
    assert "79.0% of 120" in bands.coverage_finding(coverage, "en")
    assert bands.segments(pl.DataFrame(), "en") == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("question", ["demand", "delay", "churn", "value"])
def test_a_card_has_data_split_baselines_gate_and_limits(question, language):
    card = frame(f"ml_{question}_card")
    told = model_cards.model_card(question, card, frame(f"ml_{question}_backtest"), language)
    assert len(told.lines) == 5
    assert all(value for _, value in told.lines)
    assert told.limits
    assert told.measures.height == card["method_code"].n_unique()
    first = model_cards.MEASURES[question][0]
    model = card.filter(method_code="model", metric_code=first)["value"].item()
    assert told.measures[f"metric_{first}"][0] == model
    assert told.is_shipped == (question in ("delay", "value"))


def test_a_card_says_when_the_baseline_is_published_because_the_model_lost():
    told = model_cards.model_card("churn", frame("ml_churn_card"), frame("ml_churn_backtest"), "en")
    assert told.verdict == (
        "The baseline (recency alone) is published because the model did not pass its gate:"
        " too little lift in the top tenth."
    )
    demand = model_cards.model_card("demand", frame("ml_demand_card"), pl.DataFrame(), "en")
    assert "smooth: lost (loss 12.5 against 11.25, n=60)" in demand.verdict
    untrained = model_cards.model_card("devices", pl.DataFrame(), pl.DataFrame(), "en")
    assert (untrained.is_shipped, untrained.lines) == (None, [])
    assert "fixed interval" in untrained.verdict
    assert model_cards.reason_words("a point nobody named", "en") == "a point nobody named"


def test_the_reliability_plot_is_that_of_the_back_test():
    backtest = frame("ml_churn_backtest")
    first, second = model_cards.reliability(backtest, ("recency_only", "model"))
    assert (first.method_code, second.method_code) == ("recency_only", "model")
    seen = backtest.filter(method_code="model", metric_code="event_share").sort("segment_code")
    assert second.seen == seen["value"].to_list()
    assert second.counts == [17] * 10
    assert model_cards.reliability(pl.DataFrame(), ("model",)) == []


def test_the_value_of_customers_leaves_out_a_band_that_is_muted():
    value = frame("ml_value_forecast").with_columns(customer_name=pl.col("customer_id"))
    held = bands.card_held("value", frame("ml_value_card"))
    assert held.is_muted
    assert "P10 and P90 are not shown" in held.words("en", "band_hidden")
    whole = forecasts.value_table(value, "en")
    muted = forecasts.value_table(value, "en", has_band=False)
    assert set(whole.columns) - set(muted.columns) == {"margin_p10_amount", "margin_p90_amount"}
    assert muted["margin_p50_amount"].to_list() == value["margin_p50_amount"].to_list()
    assert muted["drivers"][0] == "how often it orders"
    assert "CNY 7.6 m" in forecasts.value_finding(value, "CNY", "en")


def test_drivers_and_care_are_told_in_words():
    churn = pl.DataFrame(
        {
            "customer_id": ["C1"],
            "customer_name": [None],
            "segment_code": ["school"],
            "driver_1_code": ["amount_trend"],
            "driver_2_code": ["complaints"],
            "driver_3_code": [None],
            "care_code": ["complaint_talk"],
        },
        schema_overrides=dict.fromkeys(("customer_name", "driver_3_code"), pl.String),
    )
    row = forecasts.churn_table(churn, "en").row(0, named=True)
    assert row["drivers"] == "trend of the amount ordered, complaints"
    assert row["care_code"] == "a talk about its complaints"
    known = pl.DataFrame({"milestone_id": ["P1-3", "P9-9"]})
    told = forecasts.with_delay_driver(known, frame("ml_delay_forecast"), "en")
    assert told["drivers"].to_list() == ["7 pieces of work open at once", None]
