"""Forecasts for planners: each a distribution with its record, its card, and the words said against it."""

import polars as pl
import streamlit as st

from actions.errors import StoreUnavailableError
from actions.kinds import OverrideForecast
from cockpit.components.address import addressed
from cockpit.components.approvals_card import approvals_card
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import quantile_ladder, show
from cockpit.components.forecast_charts import (
    coverage_figure,
    demand_figure,
    legend,
    reliability_figure,
)
from cockpit.components.model_card import show_model_card
from cockpit.components.override_card import Desk, override_card
from cockpit.components.tables import data_table
from cockpit.components.value_added_card import value_added_card
from cockpit.repositories import forecasts, milestones
from cockpit.repositories.decisions import override_chains
from cockpit.services import bands, overrides
from cockpit.services import forecasts as figures_of
from cockpit.services.items import Names
from cockpit.services.labels import filled, labelled
from cockpit.services.model_cards import reliability, rival
from cockpit.services.projects import table as milestone_table
from cockpit.services.words import code_label
from cockpit.shell.session import View, current_view
from cockpit.shell.writing import names as names_of
from cockpit.shell.writing import tell

CLASSES_SHOWN = 12
PRODUCTS_LISTED = 500
#: The choice of all regions, in the address too.
EVERYWHERE = "all"
DEMAND_MARKS = (
    ("actual", "legend_ordered"),
    ("naive", "fva_naive"),
    ("forecast", "legend_forecast"),
    ("band", "legend_band"),
    ("said", "legend_override"),
)


def render(view: View) -> None:
    """The page."""
    head = st.container(key="forecasts_head")
    question = (
        st.segmented_control(
            view.say("question"),
            figures_of.QUESTIONS,
            required=True,
            label_visibility="collapsed",
            format_func=lambda code: view.say(f"question_{code}"),
            **addressed("forecast_question", "question", figures_of.QUESTIONS[0], figures_of.QUESTIONS),
        )
        or figures_of.QUESTIONS[0]
    )
    tell(view)
    finding = {
        "demand": _demand,
        "delay": _delay,
        "churn": _churn,
        "value": _value,
        "devices": _devices,
    }[question](view)
    with head:
        page_head(
            finding, view.say("forecasts_sub", company=view.company, publication=view.reader.publication.name)
        )
    show_model_card(view, question)


# -- demand --------------------------------------------------------------------------------------------------


def _demand(view: View) -> str:
    products = forecasts.products_with_forecast(view.reader, PRODUCTS_LISTED)
    totals = forecasts.demand_total(view.reader).row(0, named=True)
    names, record = names_of(view), forecasts.value_added(view.reader)
    if products.is_empty():
        with card("demand", view.say("ask_demand")):
            no_data(view.say("no_demand"), view.say("fill_orders"))
    else:
        product_id, region_code = _target(view, products)
        desk = _desk(view, product_id, region_code, record)
        left, right = st.columns([2, 1], gap="medium")
        with left:
            _demand_chart(view, products.filter(product_id=product_id).row(0, named=True), desk)
            _overrides(view, products, names)
        with right:
            override_card(view, names, desk)
            approvals_card(view, names, OverrideForecast.subject_type)
    value_added_card(view, names, record)
    _booked(view, names)
    if products.height:
        with card("demand_rows", view.say("ask_demand_rows")):
            shown = labelled(products, {"method_code": "method", "unit_code": "unit"}, view.language)
            data_table(view, filled(shown.drop("product_id"), "product_name"), "forecasts_demand_rows")
    return figures_of.demand_finding(products, totals, view.language)


def _target(view: View, products: pl.DataFrame) -> tuple[str, str | None]:
    """The product and region that the reader looks at; both stand in the address."""
    labels = dict(zip(products["product_id"], products["product_name"], strict=True))
    with st.container(horizontal=True, gap="medium", key="demand_target"):
        product_id = st.selectbox(
            view.say("product"),
            list(labels),
            format_func=lambda key: labels[key],
            width=360,
            **addressed("demand_product", "product", next(iter(labels)), labels),
        )
        regions = forecasts.demand_regions(view.reader, product_id)
        offered = [EVERYWHERE, *(regions["region_code"].to_list() if regions.height else ())]
        if st.session_state.get("demand_region") not in offered:
            st.session_state.pop("demand_region", None)  # another product is not bought there
        region = st.selectbox(
            view.say("region"),
            offered,
            format_func=lambda code: overrides.region_label(
                None if code == EVERYWHERE else code, view.language
            ),
            width=220,
            **addressed("demand_region", "region", EVERYWHERE, offered),
        )
    return product_id, None if region in (EVERYWHERE, None) else region


def _desk(view: View, product_id: str, region_code: str | None, record: pl.DataFrame) -> Desk:
    """What the form and the chart stand on; without the store nothing has been said."""
    chains = _chains(view)
    standing = overrides.standing(chains, view.reader.publication.as_of_on)
    if region_code is None:
        rows = forecasts.demand(view.reader, product_id).filter(pl.col("is_forecast"))
        naive = forecasts.demand_naive(view.reader, product_id)
        if naive.height:
            rows = rows.join(naive, on="period_on", how="left", maintain_order="left")
        else:
            rows = rows.with_columns(quantity_naive=pl.lit(None, pl.Float64))
    else:
        rows = forecasts.region_demand(view.reader, product_id, region_code)
    return Desk(
        product_id,
        region_code,
        rows,
        overrides.of_forecast(standing, product_id, region_code),
        {chain[0].subject_id: chain for chain in chains},
        record,
        forecasts.override_limit(view.reader),
    )


def _chains(view: View) -> list:
    try:
        return override_chains(view.settings, view.reader.publication.published_at if view.is_past else None)
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return []


def _demand_chart(view: View, product: dict, desk: Desk) -> None:
    region = overrides.region_label(desk.region_code, view.language)
    title = view.say("ask_demand_of", product=product["product_name"], region=region)
    held = bands.demand_held(forecasts.booked(view.reader), forecasts.card(view.reader, "demand"))
    methods = figures_of.methods(desk.ahead, view.reader.publication.name, view.language)
    notes = [view.say("demand_note"), methods]
    if product["unit_code"]:
        notes.insert(0, view.say("demand_unit", unit=code_label("unit", product["unit_code"], view.language)))
    if desk.region_code is not None:
        notes.append(view.say("region_note"))
    with card("demand", title, " ".join(notes)):
        history = _history(view, desk)
        naive = dict(zip(desk.ahead["period_on"], desk.ahead["quantity_naive"], strict=True))
        lines = figures_of.demand_lines(
            history,
            desk.ahead,
            {month: value for month, value in naive.items() if value is not None},
            desk.standing,
            view.language,
        )
        drifted = bands.drift_words(forecasts.drift(view.reader, "demand"), view.language)
        is_muted = bool(drifted) or (held is not None and held.is_muted)
        figure = demand_figure(view, lines, view.reader.publication.as_of_on, is_muted=is_muted)
        show(figure, "forecasts_demand", title)
        legend([(f"{mark} muted" if is_muted else mark, view.say(key)) for mark, key in DEMAND_MARKS])
        _muted_by(drifted)
        if held is not None:
            mark = "▲ " if held.is_muted else ""
            st.caption(f"{mark}{held.words(view.language)}")


def _muted_by(drifted: str) -> None:
    """Say that drift has muted a band; nothing where it has not."""
    if drifted:
        st.caption(f"▲ {drifted}")


def _history(view: View, desk: Desk) -> pl.DataFrame:
    """What was ordered in whole months."""
    if desk.region_code is None:
        rows = forecasts.demand(view.reader, desk.product_id)
        return rows.filter(~pl.col("is_forecast") & pl.col("is_whole_month")).select(
            "period_on", "quantity_actual"
        )
    rows = forecasts.region_history(view.reader, desk.product_id, desk.region_code)
    first_ahead = desk.ahead["period_on"].min()
    return rows if first_ahead is None else rows.filter(pl.col("period_on") < first_ahead)


def _overrides(view: View, products: pl.DataFrame, names: Names) -> None:
    said = overrides.standing(_chains(view), view.reader.publication.as_of_on)
    labels = dict(zip(products["product_id"], products["product_name"], strict=True))
    with card("overrides", view.say("ask_overrides")):
        if said:
            shown = overrides.table(said, labels, names)
            data_table(view, shown, "forecasts_overrides", shares=("change_share",))
        else:
            no_data(view.say("no_override"), view.say("no_override_why"))


def _booked(view: View, names: Names) -> None:
    rows = forecasts.booked(view.reader)
    if rows.is_empty():
        return
    with card("booked", view.say("ask_booked")):
        data_table(view, overrides.booked_table(rows, names), "forecasts_booked")


# -- delay ---------------------------------------------------------------------------------------------------


def _delay(view: View) -> str:
    language, reader = view.language, view.reader
    open_milestones = milestones.open_milestones(reader)
    coverage = forecasts.coverage(reader)
    known = open_milestones.filter(pl.col("has_forecast"))
    drift = forecasts.drift(reader, "delay")
    mutes = bands.delay_mutes(known, coverage, forecasts.milestone_trust(reader), drift)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _ladder(view, known, mutes, drift)
    with right:
        _record(view, coverage)
    if known.height:
        rows = figures_of.with_delay_driver(known, forecasts.delay_drivers(reader), language)
        told = milestone_table(rows.with_columns(is_pending=pl.lit(value=False)), language).drop("is_pending")
        words = {code: bands.mute_words(code, language) for code in mutes["muted_reason_code"].drop_nulls()}
        own = rows.select("milestone_id", *(["drivers"] if "drivers" in rows.columns else [])).join(
            mutes, on="milestone_id", how="left", maintain_order="left"
        )
        own = own.with_columns(
            pl.col("muted_reason_code").replace_strict(words, default=None, return_dtype=pl.String)
        )
        with card("delay_rows", view.say("ask_delay_rows")):
            table = pl.concat([told, own.drop("milestone_id")], how="horizontal")
            data_table(view, filled(table, "project_name"), "forecasts_delay_rows")
    return figures_of.delay_finding(open_milestones, language)


def _ladder(view: View, known: pl.DataFrame, mutes: pl.DataFrame, drift: pl.DataFrame) -> None:
    language = view.language
    classes = forecasts.delay_by_class(view.reader).head(CLASSES_SHOWN)
    made = figures_of.methods(known, view.reader.publication.name, language)
    with card("delay", view.say("ask_delay"), f"{view.say('delay_note')} {made}" if classes.height else ""):
        if classes.is_empty():
            no_data(view.say("no_open_milestones"), view.say("fill_milestones"))
            return
        rows = list(classes.iter_rows(named=True))
        labels = [
            f"{figures_of.class_label(row['reference_class'], language)} (n={row['reference_count']})"
            for row in rows
        ]
        ladder = [tuple(row[f"delay_p{q}_days"] for q in (10, 50, 80, 90)) for row in rows]
        grey = bands.muted_classes(known, mutes)
        figure = quantile_ladder(view, labels, ladder, [row["reference_class"] in grey for row in rows])
        show(figure, "forecasts_delay", view.say("ask_delay"))
        told = bands.mute_summary(mutes, language)
        if told:
            st.caption(f"▲ {told}")
        _muted_by(bands.drift_words(drift, language))


def _record(view: View, coverage: pl.DataFrame) -> None:
    with card("record", view.say("ask_record"), view.say("record_note") if coverage.height else ""):
        if coverage.is_empty():
            no_data(view.say("record_empty"), view.say("record_empty_why"))
            return
        st.markdown(bands.coverage_finding(coverage, view.language))
        segments = bands.segments(coverage, view.language)
        show(coverage_figure(view, segments), "forecasts_record", view.say("ask_record"))
        table = filled(bands.segment_table(segments), "segment")
        data_table(view, table, "forecasts_record_rows", shares=("coverage_share",))


# -- churn, value, devices -----------------------------------------------------------------------------------


def _churn(view: View) -> str:
    churn = forecasts.churn(view.reader)
    made = figures_of.methods(churn, view.reader.publication.name, view.language)
    _reliability(view)
    with card("churn", view.say("ask_churn"), f"{view.say('churn_note')} {made}" if churn.height else ""):
        if churn.is_empty():
            no_data(view.say("no_orders"), view.say("fill_orders"))
        else:
            drifted = bands.drift_words(forecasts.drift(view.reader, "churn"), view.language)
            _muted_by(drifted)
            data_table(
                view,
                figures_of.churn_table(churn, view.language, has_band=not drifted),
                "forecasts_churn",
                shares=(
                    "churn_probability_share",
                    "churn_probability_low_share",
                    "churn_probability_high_share",
                ),
                amounts=("order_amount", "order_12m_amount"),
            )
    return figures_of.churn_finding(churn, view.language)


def _reliability(view: View) -> None:
    shipped = forecasts.card(view.reader, "churn")
    is_shipped = bool(shipped.height and shipped["is_shipped"][0])
    baseline = bands.BASELINES["churn"]
    order = ("model", baseline) if is_shipped else (baseline, "model")
    plots = reliability(forecasts.backtest(view.reader, "churn"), order)
    with card("reliability", view.say("ask_reliability"), view.say("reliability_note") if plots else ""):
        if not plots:
            no_data(view.say("reliability_none"), view.say("reliability_none_why"))
            return
        named = [(rival(plot.method_code, view.language), plot) for plot in plots]
        show(reliability_figure(view, named), "forecasts_reliability", view.say("ask_reliability"))
        legend([(mark, label) for mark, (label, _) in zip(("forecast", "plan"), named, strict=False)])


def _value(view: View) -> str:
    value = forecasts.value(view.reader)
    held = bands.card_held("value", forecasts.card(view.reader, "value"))
    with card("value", view.say("ask_worth"), view.say("value_note") if value.height else ""):
        if value.is_empty():
            no_data(view.say("value_none"), view.say("fill_orders"))
        else:
            drifted = bands.drift_words(forecasts.drift(view.reader, "value"), view.language)
            is_muted = bool(drifted) or (held is not None and held.is_muted)
            _muted_by(drifted)
            if held is not None:
                st.caption(f"{'▲ ' if held.is_muted else ''}{held.words(view.language, 'band_hidden')}")
            data_table(
                view,
                figures_of.value_table(value, view.language, has_band=not is_muted),
                "forecasts_value",
                shares=("alive_share",),
                amounts=figures_of.VALUE_AMOUNTS,
            )
    return figures_of.value_finding(value, forecasts.currency(view.reader), view.language)


def _devices(view: View) -> str:
    risks = forecasts.device_risk(view.reader)
    with card("device_risk", view.say("ask_device_risk")):
        if risks.is_empty():
            no_data(view.say("no_diagnosis"), view.say("fill_devices"))
        else:
            shares = ("anomaly_score_share", "failure_probability_share")
            data_table(
                view, figures_of.device_table(risks, view.language), "forecasts_devices", shares=shares
            )
    return figures_of.devices_finding(risks, view.language)


render(current_view())
