"""Options for a late batch: all feasible in the data, each with what it saves, costs and risks."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from ml.frames import MissingColumnsError
from ml.schedule.alternative_frames import ALTERNATIVE_SCHEMA, INPUT_SCHEMAS, AlternativeConfig
from ml.schedule.alternatives import alternatives
from ml.schedule.network import milestone_network
from ml.schedule.outlook import DELAY_SCHEMA, Snapshot, finish_outlook
from ml.schedule.scenarios import late_scenarios, option_scenarios
from ml.schedule.whatif import CHANGE_SCHEMA, what_if
from tests.support.golden_batch import company_frames, golden_world

AS_OF = date(2025, 9, 30)


def day(number: int) -> date:
    return AS_OF + timedelta(days=number)


def frame(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=INPUT_SCHEMAS[name])


def milestone(name: str, start: int, days: int, **other: Any) -> dict[str, Any]:
    return {
        "milestone_id": name,
        "project_id": "P",
        "planned_start_on": day(start),
        "planned_finish_on": day(start + days),
        "state_code": "not_started",
        "region_code": "east",
    } | other


def late_batch(**more: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """A delivery promised for day 20 and expected on day 32; installation and acceptance wait for it."""
    line = {
        "purchase_line_id": "L",
        "milestone_id": "D",
        "product_id": "pump",
        "supplier_id": "S1",
        "quantity": 10.0,
        "quantity_open": 10.0,
        "line_amount": 1000.0,
        "currency_code": "CNY",
        "promised_on": day(20),
        "current_promised_on": day(32),
    }
    links = [
        {"predecessor_id": one, "successor_id": other, "type_code": "FS", "lag_days": 0}
        for one, other in ("DI", "RI", "IA")
    ]
    return {
        "lines": frame("lines", line),
        "milestones": frame(
            "milestones",
            milestone("D", 0, 20),
            milestone("R", 0, 12),
            milestone("I", 20, 16, crew_id="C1"),
            milestone("A", 36, 4),
        ),
        "links": frame("links", *links),
    } | more


def price(supplier: str, lead_days: int | None, amount: float = 100.0, **other: Any) -> dict[str, Any]:
    return {
        "supplier_id": supplier,
        "product_id": "pump",
        "valid_from_on": day(-100),
        "unit_price_amount": amount,
        "currency_code": "CNY",
        "lead_time_days": lead_days,
    } | other


def run(frames: dict[str, pl.DataFrame], **options: Any) -> list[dict[str, Any]]:
    found = alternatives(frames, AS_OF, publication_name="n", run_id="r", **options)
    assert dict(found.schema) == {name: dtype() for name, dtype in ALTERNATIVE_SCHEMA.items()}
    assert found["option_rank"].to_list() == list(range(1, found.height + 1))
    return found.to_dicts()


def test_nothing_in_the_data_leaves_what_the_work_itself_can_do() -> None:
    (option,) = run(late_batch())
    # Half of the installation's 16 days need no pump; its other predecessor is done long before.
    assert option["option_code"] == "resequence"
    assert (option["work_milestone_id"], option["work_days"]) == ("I", 8)
    assert option["project_shift_p50_days"] == 12
    assert option["project_days_saved_p50"] == 8
    assert option["arrival_on"] is None


def test_the_best_supplier_is_the_one_whose_saved_days_are_surest() -> None:
    prices = frame(
        "prices",
        price("S1", 5),  # the one that is late
        price("quick", 15, 130.0),
        price("sure", 18, 104.0),
        price("slow", 40),
        price("untold", None),
        price("expired", 5, valid_to_on=day(-1)),
        price("by_hundreds", 5, min_quantity=100.0),
        price("gone", 5),
    )
    suppliers = frame(
        "suppliers",
        {"supplier_id": "quick", "on_time_share": 0.5},
        {"supplier_id": "sure", "on_time_share": 0.9},
        {"supplier_id": "gone", "is_active": False},
    )
    found = [
        row
        for row in run(late_batch(prices=prices, suppliers=suppliers))
        if row["option_code"] == "other_supplier"
    ]
    assert [row["supplier_id"] for row in found] == ["sure", "quick"]
    sure = found[0]
    assert (sure["arrival_on"], sure["line_days_saved"], sure["project_days_saved_p50"]) == (day(18), 14, 12)
    assert (sure["cost_amount"], sure["currency_code"], sure["risk_share"]) == (40.0, "CNY", 0.1)
    # Sooner than the batch was promised is no gain for the project beyond its 12 days but the float of none.
    assert found[1]["project_days_saved_p50"] == 12


def test_prices_by_quantity_and_in_other_currencies() -> None:
    prices = frame(
        "prices",
        price("S2", 10, 90.0, min_quantity=0.0, valid_from_on=day(-400)),
        price("S2", 10, 95.0, min_quantity=0.0),
        price("S2", 9, 80.0, min_quantity=10.0),
        price("S3", 10, 12.0, currency_code="USD"),
    )
    found = {row["supplier_id"]: row for row in run(late_batch(prices=prices))}
    assert (found["S2"]["unit_price_amount"], found["S2"]["cost_amount"]) == (80.0, -200.0)
    assert (found["S3"]["cost_amount"], found["S3"]["currency_code"]) == (None, "USD")


def test_a_warehouse_needs_it_all_free_and_a_way_to_the_site() -> None:
    stock = frame(
        "stock",
        {"warehouse_id": "W1", "product_id": "pump", "quantity_on_hand": 15.0, "quantity_reserved": 4.0},
        {"warehouse_id": "W2", "product_id": "pump", "quantity_on_hand": 15.0, "quantity_reserved": 6.0},
        {"warehouse_id": "W3", "product_id": "pump", "quantity_on_hand": 99.0},
    )
    warehouses = frame(
        "warehouses", *({"warehouse_id": f"W{one}", "region_code": f"R{one}"} for one in (1, 2, 3))
    )
    lane = {"destination_region_code": "east", "currency_code": "CNY", "transit_days": 3}
    tariffs = frame(
        "tariffs",
        lane | {"tariff_id": "T1", "origin_region_code": "R1", "max_weight_kg": 100.0, "base_amount": 1.0},
        lane
        | {
            "tariff_id": "T2",
            "origin_region_code": "R1",
            "min_weight_kg": 100.0,
            "base_amount": 50.0,
            "price_per_kg_amount": 0.5,
        },
        lane | {"tariff_id": "T3", "origin_region_code": "R2"},
    )
    products = frame("products", {"product_id": "pump", "weight_kg": 20.0})
    found = [
        row
        for row in run(late_batch(stock=stock, warehouses=warehouses, tariffs=tariffs, products=products))
        if row["option_code"] == "other_warehouse"
    ]
    (option,) = found
    assert (option["warehouse_id"], option["quantity_available"]) == ("W1", 11.0)
    assert (option["arrival_on"], option["lead_time_days"], option["cost_amount"]) == (day(3), 3, 150.0)


def test_a_substitute_takes_its_conversion_and_the_customers_consent() -> None:
    substitutes = frame(
        "substitutes",
        {
            "product_id": "pump",
            "substitute_id": "big pump",
            "conversion": 0.5,
            "is_approval_needed": True,
        },
    )
    prices = frame("prices", price("S1", 10, 260.0, product_id="big pump"))
    (option,) = [
        row
        for row in run(late_batch(substitutes=substitutes, prices=prices))
        if row["option_code"] == "substitute_model"
    ]
    assert (option["substitute_id"], option["supplier_id"], option["quantity"]) == ("big pump", "S1", 5.0)
    assert (option["arrival_on"], option["cost_amount"]) == (day(13), 300.0)
    assert option["is_approval_needed"]
    assert option["risk_share"] == pytest.approx(1 - 0.7 * 0.8)


def test_an_idle_crew_of_the_trade_helps() -> None:
    crew = {"trade_code": "hvac", "head_count": 8, "hourly_cost_amount": 50.0, "currency_code": "CNY"}
    crews = frame(
        "crews",
        crew | {"crew_id": "C1"},
        crew | {"crew_id": "busy"},
        crew | {"crew_id": "idle", "region_code": "west"},
        crew | {"crew_id": "other", "trade_code": "piping"},
    )
    frames = late_batch(crews=crews)
    elsewhere = frame("milestones", milestone("X", 30, 20, crew_id="busy", project_id="Q"))
    frames["milestones"] = pl.concat([frames["milestones"], elsewhere])
    (option,) = [row for row in run(frames) if row["option_code"] == "more_crew"]
    assert (option["crew_id"], option["work_milestone_id"], option["work_days"]) == ("idle", "I", 8)
    assert option["project_days_saved_p50"] == 8
    # The same hours by twice the heads in half the days.
    assert option["cost_amount"] == 0.0


def test_two_late_lines_of_one_milestone_are_not_saved_by_one_option() -> None:
    frames = late_batch(prices=frame("prices", price("S2", 10)))
    other = frames["lines"].with_columns(
        purchase_line_id=pl.lit("M"), product_id=pl.lit("valve"), current_promised_on=pl.lit(day(30))
    )
    frames["lines"] = pl.concat([frames["lines"], other])
    found = alternatives(frames, AS_OF).filter(purchase_line_id="L", option_code="other_supplier")
    assert found.select("line_days_saved", "project_days_saved_p50").row(0) == (22, 2)


def test_each_late_line_is_told_with_nothing_done_and_by_itself() -> None:
    frames = late_batch()
    # The valves come later still, for a node with float; the pumps move three nodes.
    other = frames["lines"].with_columns(
        purchase_line_id=pl.lit("M"), milestone_id=pl.lit("R"), current_promised_on=pl.lit(day(25))
    )
    frames["lines"] = pl.concat([frames["lines"], other.with_columns(promised_on=pl.lit(day(12)))])
    found = alternatives(frames, AS_OF, is_waiting_told=True).filter(option_rank=0)
    columns = ("purchase_line_id", "option_code", "project_shift_p50_days", "moved_count", "cost_amount")
    assert found.select(columns).rows() == [("L", "wait", 12, 3, None), ("M", "wait", 5, 3, None)]
    assert found.equals(
        alternatives(frames, AS_OF, is_waiting_told=True, config=AlternativeConfig(overlap_share=0.0))
    )


def test_of_very_many_late_lines_the_latest_are_told() -> None:
    frames = late_batch(prices=frame("prices", price("S2", 10)))
    lines = [
        frames["lines"].with_columns(
            purchase_line_id=pl.lit(f"L{number}"), current_promised_on=pl.lit(day(21 + number))
        )
        for number in range(9)
    ]
    frames["lines"] = pl.concat(lines)
    found = alternatives(frames, AS_OF, config=AlternativeConfig(most_lines=2), is_waiting_told=True)
    assert found["purchase_line_id"].unique().sort().to_list() == ["L7", "L8"]


def test_what_is_not_late_done_or_waited_for_gets_no_options() -> None:
    frames = late_batch(prices=frame("prices", price("S2", 10)))
    for changed in (
        {"current_promised_on": day(20)},
        {"quantity_open": 0.0},
        {"milestone_id": "nowhere"},
    ):
        lines = frames["lines"].with_columns(**{name: pl.lit(value) for name, value in changed.items()})
        assert run(frames | {"lines": lines}) == []
    done = frames["milestones"].with_columns(state_code=pl.lit("finished"))
    assert run(frames | {"milestones": done}) == []


def test_an_overdue_line_without_a_new_date_is_expected_tomorrow() -> None:
    frames = late_batch(prices=frame("prices", price("S2", 0)))
    lines = frames["lines"].with_columns(promised_on=pl.lit(day(-5)), current_promised_on=pl.lit(day(-5)))
    found = run(frames | {"lines": lines})
    assert {row["expected_on"] for row in found} == {day(1)}


def test_a_cycle_leaves_the_goods_without_days_of_the_project() -> None:
    frames = late_batch(prices=frame("prices", price("S2", 10)))
    back = frame("links", {"predecessor_id": "A", "successor_id": "D", "type_code": "FS"})
    (option,) = run(frames | {"links": pl.concat([frames["links"], back])})
    assert (option["option_code"], option["line_days_saved"]) == ("other_supplier", 22)
    assert option["project_days_saved_p50"] is None
    assert option["project_shift_p50_days"] is None


def test_the_best_of_each_kind_is_kept() -> None:
    prices = frame("prices", *(price(f"S{number}", 10) for number in range(2, 12)))
    found = run(late_batch(prices=prices), config=AlternativeConfig(most_options=3))
    assert [row["option_code"] for row in found] == ["other_supplier"] * 3 + ["resequence"]


def test_frames_are_asked_for_by_name() -> None:
    frames = late_batch()
    with pytest.raises(ValueError, match="links"):
        alternatives({name: frames[name] for name in ("lines", "milestones")}, AS_OF)
    with pytest.raises(MissingColumnsError, match="promised_on"):
        alternatives(frames | {"lines": frames["lines"].drop("promised_on")}, AS_OF)


def test_what_an_option_promises_is_what_the_what_if_recovers() -> None:
    crew = {"trade_code": "hvac", "head_count": 8}
    frames = late_batch(
        prices=frame("prices", price("S2", 26), price("S3", 10)),
        crews=frame("crews", *(crew | {"crew_id": name} for name in ("C1", "C2"))),
        delays=frame("delays", {"milestone_id": "I", "finish_p50_on": day(40), "finish_p80_on": day(55)}),
    )
    second = frames["lines"].with_columns(
        purchase_line_id=pl.lit("M"), milestone_id=pl.lit("R"), current_promised_on=pl.lit(day(25))
    )
    frames["lines"] = pl.concat([frames["lines"], second])
    options = alternatives(frames, AS_OF)
    assert set(options["option_code"]) == {"other_supplier", "resequence", "more_crew"}
    shot = Snapshot(frames["milestones"], frames["links"], frames["delays"], AS_OF)
    told = what_if(finish_outlook(shot), shot, option_scenarios(frames, options, AS_OF))
    columns = ("scenario_id", "project_finish_p50_on", "project_finish_p80_on")
    finish = {row[0]: row[1:] for row in told.select(columns).unique().rows()}
    for row in options.iter_rows(named=True):
        nothing, taken = (
            finish[row["purchase_line_id"]],
            finish[f"{row['purchase_line_id']}/{row['option_rank']}"],
        )
        recovered = tuple((late - soon).days for late, soon in zip(nothing, taken, strict=True))
        assert recovered == (row["project_days_saved_p50"], row["project_days_saved_p80"])
    hit = what_if(finish_outlook(shot), shot, late_scenarios(frames, AS_OF))
    assert hit["scenario_id"].unique().sort().to_list() == ["L", "M"]


@pytest.fixture(scope="module")
def world() -> dict[str, pl.DataFrame]:
    """The made-up company on the day after the supplier told that batch G3 comes 12 days late."""
    return golden_world()


def test_the_golden_late_batch_has_an_option_and_taking_it_recovers_its_days(
    world: dict[str, pl.DataFrame],
) -> None:
    as_of_on, line_id = date(2026, 6, 11), "PO-G3-2026H1/1"
    frames = company_frames(world)
    found = alternatives(frames, as_of_on)
    mine = found.filter(purchase_line_id=line_id)
    # By its reported progress the piping (D) will be done some days after its plan: so much of the twelve the
    # project loses anyway.
    network = milestone_network(frames["milestones"], frames["links"], as_of_on)
    piping = network.filter(milestone_id="PJ-G3-2026H1-04")["early_finish_on"].item()
    assert mine.select("promised_on", "expected_on").unique().row(0) == (date(2026, 6, 25), date(2026, 7, 7))
    shift = (date(2026, 7, 7) - max(piping, date(2026, 6, 25))).days
    assert mine["project_shift_p50_days"].unique().to_list() == [shift]
    assert 0 < shift <= 12
    goods = mine.filter(pl.col("arrival_on").is_not_null(), pl.col("project_days_saved_p50") > 0)
    assert goods.height >= 1
    best = goods.row(0, named=True)
    # The lead time or the stock stands in the data.
    if best["option_code"] == "other_supplier":
        quoted = world["erp__supplier_prices"].filter(
            supplier_id=best["supplier_id"], product_id=best["product_id"]
        )
        assert best["lead_time_days"] in quoted["lead_time_days"].to_list()
    else:
        lying = frames["stock"].filter(warehouse_id=best["warehouse_id"], product_id=best["product_id"])
        assert float(lying["quantity_on_hand"].item()) >= best["quantity"]
    # The what-if of the late batch, and of the option taken: the days recovered are those promised.
    shot = Snapshot(frames["milestones"], frames["links"], pl.DataFrame(schema=DELAY_SCHEMA), as_of_on)
    changes = pl.DataFrame(
        [
            {"scenario_id": scenario, "kind_code": "date", "milestone_id": best["milestone_id"], "new_on": on}
            for scenario, on in (("late", best["expected_on"]), ("taken", best["arrival_on"]))
        ],
        schema=CHANGE_SCHEMA,
    )
    told = what_if(finish_outlook(shot), shot, changes)
    assert told["project_id"].unique().to_list() == [best["project_id"]] == ["PJ-G3-2026H1"]
    finish = dict(told.group_by("scenario_id").agg(pl.col("project_finish_p50_on").first()).rows())
    assert (finish["late"] - finish["taken"]).days == best["project_days_saved_p50"]
