"""Supply, money, service and devices from frames, against values worked out by hand."""

import datetime as dt

import polars as pl
import pytest

from cockpit.components.site_map import map_figure
from cockpit.components.stock_chart import stock_figure
from cockpit.services import devices, money, service, supply
from cockpit.services.figures import Figure
from cockpit.services.tiles import Doubt

DAY = dt.date(2025, 9, 30)
SYNC = {
    "due_count": 60,
    "synced_count": 58,
    "stuck_count": 2,
    "stuck_line_count": 2,
    "line_count": 240,
    "made_line_count": 120,
    "production_line_count": 120,
    "pick_line_count": 238,
    "lag_p50_hours": 5.0,
    "lag_p95_hours": 10.0,
}
STOCK = {
    "position_count": 6,
    "bad_count": 2,
    "watch_count": 3,
    "judged_count": 6,
    "warehouse_count": 2,
    "stock_amount": 1000.0,
    "idle_amount": 180.0,
    "currency_code": "CNY",
}
SYNC_MONTHS = pl.DataFrame({"due_count": [5, 0], "synced_count": [5, 0], "lag_p95_hours": [9.0, None]})


def _stock_months() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "period_on": [dt.date(2025, 8, 1), dt.date(2025, 9, 1)],
            "stock_amount": [1000.0, 1000.0],
            "idle_share": [0.2, 0.18],
            "compared_share": [0.2, 0.18],
            "earlier_share": [None, 0.22],
        }
    )


def test_the_idle_share_falls_by_both_readings():
    assert supply.idle_change(_stock_months()) == (pytest.approx(-0.1818, abs=1e-4), pytest.approx(-4.0))
    assert supply.idle_change(_stock_months().clear()) == (None, None)
    tiles = supply.tiles(STOCK, _stock_months(), SYNC, SYNC_MONTHS, {}, Doubt(), "en")
    assert (tiles[1].value, tiles[2].value, tiles[2].right) == ("18.0%", "−18.2%", "−4.0 points")
    assert (tiles[3].value, tiles[4].value, tiles[5].value) == ("2", "96.7%", "10.0 h")


def test_supply_finds_risk_and_idle_stock_else_orders():
    assert supply.finding(STOCK, SYNC, "en") == (
        "2 of 6 stock positions run a high risk of a stock-out; 18.0% of the value lies idle"
    )
    safe = {**STOCK, "bad_count": 0, "stock_amount": None}
    assert supply.finding(safe, SYNC, "en") == "None of 6 stock positions runs a high risk of a stock-out"
    none = {**STOCK, "position_count": 0}
    assert supply.finding(none, SYNC, "en") == "96.7% of 60 confirmed orders are in factory and warehouse"
    assert supply.finding(none, {**SYNC, "due_count": 0}, "en") == "No stock yet"


def test_how_far_orders_got():
    steps = supply.sync_steps(SYNC, "en")
    assert [(step[2], step[3], step[4]) for step in steps] == [
        ("100.0%", "120 / 120", "good"),
        ("99.2%", "238 / 240", "watch"),
        ("96.7%", "58 / 60", "watch"),
    ]
    assert supply.sync_steps({**SYNC, "made_line_count": 0}, "en")[0][3] == "238 / 240"


def test_positions_by_scope_and_warehouse():
    positions = pl.DataFrame(
        {
            "warehouse_id": ["W1", "W1", "W2"],
            "product_id": ["A", "B", "A"],
            "stockout_code": ["good", "bad", "watch"],
            "idle_amount": [90.0, 10.0, None],
        }
    )
    assert supply.chosen(positions, "risk", None)["product_id"].to_list() == ["B", "A"]
    assert supply.chosen(positions, "idle", "W1")["product_id"].to_list() == ["A", "B"]
    assert supply.chosen(positions, "stock", "W2").height == 1


def _cash(**changes: object) -> pl.DataFrame:
    row = {
        "budget_amount": 80.0,
        "actual_amount": 50.0,
        "committed_amount": 20.0,
        "invoiced_amount": 60.0,
        "collected_amount": 45.0,
        "receivable_amount": 15.0,
        "overdue_amount": 5.0,
        "contract_amount": 100.0,
        "margin_forecast_amount": 20.0,
        "expense_count": 40,
        "traced_expense_count": 39,
        "untraced_amount": 12.0,
        "currency_code": "CNY",
        **changes,
    }
    return pl.DataFrame([row, {**row, "budget_amount": None}], infer_schema_length=None)


def test_each_bar_of_the_waterfall_is_its_sum_and_begins_where_the_one_before_ended():
    steps = {step.key: step for step in money.waterfall(_cash())}
    assert {key: step.amount for key, step in steps.items()} == {
        "budget": 80.0,
        "actual": 100.0,
        "committed": 40.0,
        "left": -60.0,
        "invoiced": 120.0,
        "collected": 90.0,
        "open": 30.0,
        "overdue": 10.0,
    }
    assert steps["actual"].base + steps["actual"].amount == steps["budget"].amount
    assert steps["collected"].base == steps["open"].amount
    assert (steps["left"].kind, steps["committed"].base) == ("short", -60.0)
    assert money.unknown_budgets(_cash()) == 1
    assert money.waterfall(_cash().clear()) == []
    without = _cash().with_columns(budget_amount=pl.lit(None, dtype=pl.Float64))
    steps = {step.key: step for step in money.waterfall(without)}
    assert steps.keys() == {"actual", "committed", "invoiced", "collected", "open", "overdue"}
    assert (steps["actual"].base, steps["committed"].base) == (0.0, 100.0)


RECEIVABLES = pl.DataFrame(
    {
        "receivable_amount": [3_000_000.0],
        "overdue_amount": [900_000.0],
        "current_amount": [2_100_000.0],
        "overdue_1_30_amount": [300_000.0],
        "overdue_31_60_amount": [0.0],
        "overdue_61_90_amount": [0.0],
        "overdue_over_90_amount": [600_000.0],
        "currency_code": ["CNY"],
    }
)


def test_receivables_by_age():
    ages = money.ages(RECEIVABLES, "en")
    assert [(age[2], age[3], age[4]) for age in ages] == [
        ("2.1 m", "70.0%", None),
        ("300 k", "10.0%", "watch"),
        ("0", "0.0%", None),
        ("0", "0.0%", None),
        ("600 k", "20.0%", "bad"),
    ]


def test_money_says_what_was_earned_and_what_is_overdue():
    year = {"revenue_amount": 1e8, "gross_margin_amount": 2.3e7, "entry_count": 9}
    assert money.finding(year, RECEIVABLES, _cash(), "en") == (
        "Twelve months brought CNY 100 m at a gross margin of 23.0%; CNY 900 k of receivables are overdue"
    )
    unknown = {**year, "gross_margin_amount": None}
    assert "not wholly known" in money.finding(unknown, RECEIVABLES.clear(), _cash(), "en")
    none = {"revenue_amount": None, "gross_margin_amount": None, "entry_count": 0}
    assert money.finding(none, RECEIVABLES.clear(), _cash(), "en").startswith("2 projects have cost CNY 100")
    planned = _cash(actual_amount=0.0)
    assert money.finding(none, RECEIVABLES.clear(), planned, "en") == "2 projects have budgets of CNY 80"
    assert money.finding(none, RECEIVABLES, _cash().clear(), "en") == "Customers owe CNY 3 m"
    assert money.finding(none, RECEIVABLES.clear(), _cash().clear(), "en") == "No money booked yet"


def test_the_year_begins_a_day_after_the_same_date_a_year_ago():
    assert money.year_before(dt.date(2025, 9, 30)) == dt.date(2024, 9, 30)
    assert money.year_before(dt.date(2024, 2, 29)) == dt.date(2023, 2, 28)


def _periods() -> pl.DataFrame:
    amounts = {name: [9.0, 10.0] for name in money.PROFIT_AMOUNTS[:-1]}
    return pl.DataFrame(
        {
            "period_on": [dt.date(2025, 4, 1), dt.date(2025, 7, 1)],
            **amounts,
            "gross_margin_share": [0.2, 0.3],
            "is_closed": [True, False],
            "is_restated": [True, False],
            "gross_margin_difference_amount": [-15_000.0, None],
            "seen_on": [dt.date(2025, 8, 1), dt.date(2025, 8, 2)],
        }
    )


def test_restated_periods_are_marked_with_their_difference():
    table = money.profit_table(_periods(), "quarter", "en")
    assert table["period_name"].to_list() == ["2025 Q3", "2025 Q2"]
    assert table["is_restated"].to_list() == [None, "▲ restated"]
    assert table["seen_on"].to_list() == [None, dt.date(2025, 8, 1)]
    assert money.restated_note(_periods(), "en") == "1 closed periods restated, gross margin −15 k in all"
    assert money.restated_note(_periods().tail(1), "en") == "no closed period was restated"


def test_the_funnel_tells_share_and_days_from_the_stage_before():
    counts = {
        f"{stage}_count": [n] for stage, n in zip(money.FUNNEL, (50, 30, 24, 12, 10, 9, 9, 7), strict=True)
    }
    bars = money.funnel_bars(pl.DataFrame(counts), {"funnel_quote_median_days": 14.0}, "en")
    assert bars[0] == ("lead", 1.0, "50", "")
    assert bars[2] == ("quote", 0.48, "24", "80.0% · 14 d")
    assert bars[-1][3] == "77.8%"
    assert money.funnel_bars(pl.DataFrame(counts).clear(), {}, "en") == []


def _groups() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "member_code": ["T1", "T2", "T3"],
            "member_name": ["T1", "T2", None],
            "first_passed_count": [48, 10, 0],
            "first_inspection_count": [50, 15, 0],
            "complaint_count": [5, 0, 2],
            "finished_order_count": [250, 90, None],
        }
    )


def test_where_service_is_weakest_and_by_how_much():
    figure = Figure("first_pass_share", "", "", "share", None, "higher", 0.96, None, 1)
    bars = service.weakest(_groups(), "crew", service.MEASURES["first_pass"], figure, "en")
    assert [bar[0] for bar in bars] == ["T2", "T1"]
    assert bars[1] == ("T1", 0.4, "2", "96.0%", "good")
    rates = service.weakest(_groups(), "crew", service.MEASURES["complaints"], None, "en")
    assert [(bar[0], bar[2], bar[3]) for bar in rates] == [("T1", "5", "2.00")]


def test_service_finding():
    totals = {"order_count": 12, "open_count": 8, "late_count": 2, "unassigned_count": 1}
    company = {"first_pass_share": 0.95}
    assert service.finding(totals, company, "en") == (
        "2 of 8 open work orders are beyond their service level; 95.0% of first inspections passed"
    )
    done = {**totals, "open_count": 0}
    assert service.finding(done, None, "en") == "All 12 work orders are done"
    none = {**done, "order_count": 0}
    assert service.finding(none, None, "en") == "No work orders yet"
    assert service.finding(none, {"first_pass_share": None}, "en") == "No work orders yet"
    assert service.finding(none, company, "en") == "95.0% of first inspections passed"


def _days() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "day_on": [DAY - dt.timedelta(days=1), DAY],
            "service_count": [2, 2],
            "reporting_service_count": [2, 1],
            "energy_kwh": [800.0, 820.0],
            "outage_count": [0, 1],
            "service_hours": [48.0, 48.0],
            "lost_hours": [0.0, 6.0],
        }
    )


STATES = pl.DataFrame(
    {"state_code": ["in_service", "ordered"], "kind_code": ["pump", ""], "unit_count": [2, 6]}
)
COVERAGE = pl.DataFrame({"day_on": [DAY], "active_count": [4], "covered_count": [3], "photo_count": [1]})
HELD = pl.DataFrame(
    {"rule_code": ["range"], "message_zh": ["超出范围"], "message_en": ["out of range"], "row_count": [216]}
)


def test_devices_run_and_report():
    assert devices.uptime_share(_days()) == pytest.approx(0.9375)
    assert devices.finding(_days(), STATES, COVERAGE, "en") == (
        "2 devices in use were up 93.8% of the last 2 days; 1 did not report on the business date"
    )
    assert devices.finding(_days().clear(), STATES, COVERAGE, "en") == "8 devices, no readings yet"
    assert devices.finding(_days().clear(), STATES.clear(), COVERAGE, "en") == "No devices yet"
    tiles = devices.tiles(_days(), STATES, COVERAGE, HELD, {}, Doubt(), "en")
    assert [tile.value for tile in tiles] == ["8", "93.8%", "1.62 k", "75.0%", "1", "216"]
    assert devices.course(_days(), COVERAGE, "reporting") == [1.0, 0.5]
    assert [bar[2] for bar in devices.state_bars(STATES, "en")] == ["6", "0", "0", "2", "0"]
    assert "out of range" in devices.held_note(HELD, "en")


def test_a_device_is_found_by_any_of_its_words():
    lives = pl.DataFrame(
        {
            "device_id": ["D-1", "D-2"],
            "name": ["Pump (A)", None],
            "project_name": ["市一院", None],
            "site_id": ["L1", "L2"],
        }
    )
    assert devices.found(lives, "(a").height == 1
    assert devices.found(lives, " L2 ")["device_id"].to_list() == ["D-2"]
    assert devices.found(lives, "").height == 2
    assert devices.metric_label("supply_air_c", "en") == "supply air (°C)"
    assert devices.metric_label("own_metric_kwh", "zh") == "own_metric_kwh（kWh）"


class _English:
    """What the drawings need of a view."""

    mode = "light"
    language = "en"

    @staticmethod
    def say(key: str, **values: object) -> str:
        return key


def test_the_map_marks_late_sites_and_keeps_names_apart():
    sites = pl.DataFrame(
        {
            "site_id": ["L1", "L2", "L3"],
            "name": ["A", "B", "C"],
            "city": ["上海", "上海", "武汉"],
            "latitude": [31.2, 31.2, 30.5],
            "longitude": [121.5, 121.4, 114.3],
            "year_count": [9, 4, 2],
            "open_count": [3, 0, 1],
            "late_count": [1, 0, 0],
        }
    )
    figure = map_figure(_English(), sites)  # type: ignore[arg-type]
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "circle", "square"]
    assert [note.text for note in figure.layout.annotations] == ["上海 13", "武汉 2"]


def test_the_gap_stands_beside_the_bars():
    ahead = pl.DataFrame(
        {
            "product_name": ["A very long name of a product", "B"],
            "quantity_available": [-3.0, 90.0],
            "quantity_on_order": [10.0, 0.0],
            "quantity_p50": [40.0, 10.0],
            "quantity_p80": [60.0, 20.0],
            "safety_stock_quantity": [8.0, 0.0],
            "quantity_gap": [61.0, 0.0],
        }
    )
    figure = stock_figure(_English(), ahead)  # type: ignore[arg-type]
    assert [note.text for note in figure.layout.annotations][1::2] == [
        "<b>■ gap_short</b>",
        "<b>● gap_none</b>",
    ]
    assert min(figure.data[0].x) == 0
