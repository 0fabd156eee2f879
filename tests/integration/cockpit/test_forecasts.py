"""A planner's morning on the forecasts page: say otherwise, be warned, have it approved, see its worth."""

import datetime as dt
from decimal import Decimal

import polars as pl

from actions.kinds import OverrideForecast, forecast_subject
from actions.store import Draft
from cockpit.repositories import forecasts
from ml.drift import DRIFT_SCHEMA
from tests.support.published_actions import store_of


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def field(app, kind: str, name: str):
    """The field of the open form; its key carries the id of the action that it will be."""
    return next(each for each in getattr(app, kind) if str(each.key).startswith(f"override_{name}_"))


def typed(app, quantity: float, reason: str):
    field(app, "number_input", "quantity").set_value(quantity)
    field(app, "selectbox", "code").set_value("weather")
    field(app, "text_input", "why").set_value(reason)
    return app.run()


def test_a_planner_is_warned_saves_and_another_person_approves(open_page, tmp_path):
    app = open_page("forecasts", "en")
    assert "how much will be wanted" in bodies(app)
    month = app.selectbox(key="override_month").value
    typed(app, 60.0, "the typhoon")
    assert any("Think twice" in each.value for each in app.warning)
    assert any("another person must approve" in each.value for each in app.caption)
    field(app, "button", "save").click().run()
    assert not app.exception
    assert app.success[0].value == "Saved: it waits for another person's approval."
    store = store_of(tmp_path / "lake")
    (action,) = store.events(subject_type="forecast")
    assert (action.payload.quantity, action.done_by, action.payload.period_on) == (60, "Li Na", month)
    assert action.publication_name == "night-2025-09-30"
    assert "▲ waiting" in bodies(app)
    assert not [each for each in app.button if str(each.key).startswith("approve_")]  # not by oneself
    app.session_state["who"] = "Wang Wei"
    app.run()
    app.button(key=f"approve_{action.action_id}").click().run()
    assert "● approved" in bodies(app)
    assert store.events(subject_type="forecast")[-1].done_by == "Wang Wei"
    app.button(key="override_undo").click().run()
    assert "▲ waiting" in bodies(app)


def test_a_form_without_a_number_or_reason_says_what_is_missing_and_loses_nothing(open_page, tmp_path):
    app = open_page("forecasts", "zh")
    field(app, "button", "save").click().run()
    assert app.error[0].value == "先填写数量或系数。"
    field(app, "number_input", "quantity").set_value(41.0).run()
    field(app, "button", "save").click().run()
    assert app.error
    assert field(app, "number_input", "quantity").value == 41.0
    assert store_of(tmp_path / "lake").events(subject_type="forecast") == []


def test_who_was_quicker_is_told(open_page, tmp_path):
    app = open_page("forecasts", "en")
    month = app.selectbox(key="override_month").value
    product = app.selectbox(key="demand_product").value
    payload = OverrideForecast(
        product_id=product,
        region_code=None,
        period_on=month,
        model_quantity=Decimal(40),
        quantity=Decimal(41),
        expires_on=dt.date(2026, 1, 31),
        limit_share=Decimal("0.2"),
    )
    subject = forecast_subject(product, None, month)
    store_of(tmp_path / "lake").record(
        Draft("other", subject, payload, 0, "customer", "a tender", "Wang Wei", about_type="forecast")
    )
    typed(app, 60.0, "the typhoon")
    assert any("Somebody changed this forecast" in each.value for each in app.warning)
    field(app, "button", "save").click().run()
    assert app.error
    assert len(store_of(tmp_path / "lake").events(subject_type="forecast")) == 1


def test_value_added_by_person_is_that_of_its_table(open_page):
    app = open_page("forecasts", "en")
    app.segmented_control(key="value_added_grouping").set_value("person").run()
    assert not app.exception
    shown = next(table.value for table in app.dataframe if "fva_group" in table.value.columns)
    assert shown["fva_group"].to_list() == ["Li Na", "Executive P01"]
    assert shown["cell_count"].to_list() == [9, 4]
    assert shown["value_added_share"].to_list()[1] == 6.25


def test_an_address_opens_a_question_a_product_and_a_region(open_page):
    app = open_page("forecasts", "zh")
    for name, value in (("product", "B-200"), ("region", "south")):
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert app.selectbox(key="demand_product").value == "B-200"
    assert app.selectbox(key="demand_region").value == "south"
    assert "新风机 B-200 · 华南" in bodies(app)
    app.query_params["question"] = "churn"
    app.run()
    assert app.segmented_control(key="forecast_question").value == "churn"
    assert "发布的是基线（只看沉默）" in bodies(app)


def test_the_record_of_delay_and_what_is_muted(open_page):
    app = open_page("forecasts", "en")
    app.segmented_control(key="forecast_question").set_value("delay").run()
    assert not app.exception
    assert "The model is published" in bodies(app)
    record = next(table.value for table in app.dataframe if "record_state" in table.value.columns)
    assert record["coverage_share"].round(1).to_list() == [79.0, 82.0, 55.0, 75.0]
    assert any("muted (grey)" in each.value for each in app.caption)


def test_forced_drift_mutes_bands_and_says_why(open_page, monkeypatch):
    drifted = pl.DataFrame(
        [
            {
                "feature_code": "level",
                "anchor_on": dt.date(2025, 9, 29),
                "psi": 1.5,
                "psi_limit": 0.25,
                "is_drifted": True,
            }
        ],
        schema=DRIFT_SCHEMA,
    )
    monkeypatch.setattr(forecasts, "drift", lambda reader, question: drifted)
    app = open_page("forecasts", "en")
    why = "1 of 1 features have drifted since training (2025-09-29): PSI up to 1.50"
    assert any(why in each.value for each in app.caption)
    for question in ("delay", "value"):
        app.segmented_control(key="forecast_question").set_value(question).run()
        assert not app.exception
        assert any(why in each.value for each in app.caption), question
    shown = next(table.value for table in app.dataframe if "margin_p50_amount" in table.value.columns)
    assert not {"margin_p10_amount", "margin_p90_amount"} & set(shown.columns)
