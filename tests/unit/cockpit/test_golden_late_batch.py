"""Golden case G3 from the night to the decision: one batch is 12 days late, and what people do about it."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from actions.evaluation import evaluate
from actions.items import ItemBook
from actions.rule_files import load_rules
from actions.store import ActionStore
from cockpit.services.batches import acceptance, option_title
from cockpit.services.steps import Said, Seen, take
from cockpit.services.whatif import Project, outcomes, with_option
from ml.schedule.night import options
from ml.schedule.outlook import DELAY_SCHEMA, Snapshot, finish_outlook
from ml.schedule.scenarios import option_scenarios
from ml.schedule.whatif import delta_of, scenario_outlook
from tests.support.golden_batch import AS_OF, LINE, PROJECT, company_frames, golden_world, night_frames
from tests.support.rule_tables import TABLES, insert

Frames = dict[str, pl.DataFrame]
NOW = dt.datetime(2026, 6, 12, 1)


@pytest.fixture(scope="module")
def world() -> Frames:
    return golden_world()


@pytest.fixture(scope="module")
def frames(world: Frames) -> Frames:
    return company_frames(world)


@pytest.fixture(scope="module")
def told(world: Frames) -> pl.DataFrame:
    return options(night_frames(world), AS_OF, publication_name="night-2026-06-11", run_id="r")


@pytest.fixture(scope="module")
def option(told: pl.DataFrame, world: Frames) -> Mapping[str, Any]:
    """The best option that brings the goods sooner and the project days, as the page reads it."""
    found = told.filter(
        pl.col("purchase_line_id") == LINE,
        pl.col("option_rank") > 0,
        pl.col("arrival_on").is_not_null(),
        pl.col("project_days_saved_p50") > 0,
    )
    row = found.sort("option_rank").row(0, named=True)
    name = row["supplier_id"] or row["warehouse_id"]
    more = {"option_name": name, "saved_p50_days": row["project_days_saved_p50"]}
    return row | more | {"is_consent_needed": bool(row["is_approval_needed"])}


def test_the_night_tells_what_the_batch_moves_and_an_option_that_is_in_the_data(
    told: pl.DataFrame, option: Mapping[str, Any], world: Frames, frames: Frames
) -> None:
    waiting = told.filter(purchase_line_id=LINE, option_rank=0).row(0, named=True)
    assert (waiting["expected_on"] - waiting["promised_on"]).days == 12
    assert 0 < waiting["project_shift_p50_days"] <= 12
    # The delivery and the three that wait for it.
    assert waiting["moved_count"] == 4
    if option["option_code"] == "other_supplier":
        prices = world["erp__supplier_prices"]
        quoted = prices.filter(supplier_id=option["supplier_id"], product_id=option["product_id"])
        assert option["lead_time_days"] in quoted["lead_time_days"].to_list()
    else:
        product = option["substitute_id"] or option["product_id"]
        lying = frames["stock"].filter(warehouse_id=option["warehouse_id"], product_id=product)
        assert float(lying["quantity_on_hand"].item()) >= option["quantity"]


def test_a_company_without_any_of_these_tables_gets_no_rows_and_no_error(world: Frames) -> None:
    bare = {name: frame.clear() for name, frame in night_frames(world).items()}
    found = options(bare, AS_OF, publication_name="n", run_id="r")
    assert found.is_empty()
    assert found.columns[:3] == ["purchase_line_id", "option_rank", "option_code"]


def test_the_alert_opens_before_the_node_is_due_once_and_names_the_option(
    frames: Frames, told: pl.DataFrame, option: Mapping[str, Any]
) -> None:
    with duckdb.connect() as con:
        con.execute(TABLES)
        _fill(con, frames, told, option)
        rules = [rule for rule in load_rules() if rule.rule_id == "late_material"]
        found = evaluate(rules, con, AS_OF, ItemBook.of({}), NOW)
        assert found.skipped == ()
        opened = {write.payload.about_id: write.payload for write in found.opened}
        alert = opened[LINE]
        due_on = frames["milestones"].filter(milestone_id=alert.evidence["milestone_id"])["planned_finish_on"]
        assert alert.opened_on == AS_OF < due_on.item()
        assert option["option_name"] in alert.told["en"]
        assert f"recovers {option['saved_p50_days']} days" in alert.told["en"]
        lines = set(told["purchase_line_id"])
        assert all(line in lines for line in opened), "only lines that are late alert"


def _fill(
    con: duckdb.DuckDBPyConnection, frames: Frames, told: pl.DataFrame, option: Mapping[str, Any]
) -> None:
    """The published tables that the rule reads."""
    shown = frames["milestones"].with_columns(is_finished=pl.col("state_code") == "finished")
    names = ("milestone_id", "project_id", "name", "planned_start_on", "planned_finish_on", "finished_on")
    nodes = shown.select(*names, "state_code", "is_finished")
    late = told.filter(option_rank=0)["purchase_line_id"].to_list()
    lines = (
        frames["lines"]
        .filter(pl.col("purchase_line_id").is_in(late))
        .select(
            "purchase_line_id",
            "purchase_order_id",
            "milestone_id",
            "product_id",
            "promised_on",
            "current_promised_on",
            "quantity_open",
            ordered_on=pl.lit(AS_OF - dt.timedelta(days=30)),
            is_cancelled=pl.lit(False),
        )
    )
    con.register("nodes", nodes.to_arrow())
    con.register("lines", lines.to_arrow())
    con.execute("insert into marts.fct_milestone by name from nodes")
    con.execute("insert into marts.fct_purchase_line by name from lines")
    insert(con, "marts.mart_batch_risk", purchase_line_id=LINE, as_of_on=AS_OF, option_count=1)
    insert(
        con,
        "marts.mart_batch_option",
        purchase_line_id=LINE,
        option_rank=1,
        option_code=option["option_code"],
        option_name=option["option_name"],
        saved_p50_days=option["saved_p50_days"],
    )


def test_accepting_writes_the_action_and_the_what_if_recovers_its_days(
    frames: Frames, option: Mapping[str, Any], tmp_path
) -> None:
    store = ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}")
    payload = acceptance(option, 100_000.0, "en")
    seen = Seen(LINE, 0, "night-2026-06-11", payload.subject_type)
    take(store, seen, payload, Said("Li Na"), "once")
    take(store, seen, payload, Said("Li Na"), "once")
    (action,) = store.all("accept_alternative")
    assert (action.subject_id, action.payload.option) == (LINE, option_title(option, "en"))
    assert action.payload.days_saved == Decimal(option["saved_p50_days"])
    own = frames["milestones"].filter(project_id=PROJECT)
    lines = frames["lines"].join(own.select("milestone_id"), on="milestone_id", how="semi")
    links = frames["links"].filter(pl.col("successor_id").is_in(own["milestone_id"].to_list()))
    project = Project(own, links, pl.DataFrame(schema=DELAY_SCHEMA), lines, AS_OF)
    scenarios = with_option([], project, option, "compressors")
    assert [each.kind_code for each in scenarios] == ["wait", "option"]
    _, (waiting, taken) = outcomes(project, scenarios)
    assert waiting.shift_p50_days > 0
    assert taken.recovered_days == option["saved_p50_days"] > 0


def test_an_option_gives_what_a_full_rerun_gives_and_leaves_all_other_projects_to_the_bit(
    frames: Frames, told: pl.DataFrame, option: Mapping[str, Any]
) -> None:
    shot = Snapshot(frames["milestones"], frames["links"], pl.DataFrame(schema=DELAY_SCHEMA), AS_OF)
    base = finish_outlook(shot)
    mine = told.filter(purchase_line_id=LINE, option_rank=option["option_rank"])
    chosen = option_scenarios(frames, mine, AS_OF)
    others = pl.col("project_id") != PROJECT
    assert base.filter(others).height > 0
    after = {}
    for scenario, changes in chosen.partition_by("scenario_id", as_dict=True).items():
        after[scenario[0]] = scenario_outlook(base, shot, changes)
        assert_frame_equal(after[scenario[0]], finish_outlook(shot, delta_of(shot, changes.to_dicts())))
        assert after[scenario[0]].filter(others).equals(base.filter(others))
    late = after[LINE].filter(~others)
    assert set(after) == {LINE, f"{LINE}/{option['option_rank']}"}
    assert not late.equals(base.filter(~others))
    assert not late.equals(after[f"{LINE}/{option['option_rank']}"].filter(~others))
