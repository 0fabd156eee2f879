"""The model finds a planted cause, answers the same twice, and says when it knows too little."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.artefacts import dumps, loads
from ml.delay import OUTPUT_SCHEMA, forecast
from ml.delay.config import ModelConfig
from ml.delay.features import asked_at
from ml.delay.model import DelayModel, TooLittleKnownError, train
from ml.delay.read import driver_words
from tests.unit.ml.delay.made_up import BEGIN, company

AS_OF = BEGIN + timedelta(days=1200)
SMALL = ModelConfig(trees=30)


@pytest.fixture(scope="module")
def items() -> pl.DataFrame:
    return company(seed=3, count=900)


@pytest.fixture(scope="module")
def model(items: pl.DataFrame) -> DelayModel:
    return train(items, AS_OF, SMALL)


def as_milestones(items: pl.DataFrame) -> pl.DataFrame:
    return items.select(
        milestone_id="item_id",
        project_id="parent_id",
        phase_code="segment_code",
        type_code="type_code",
        budget_amount=pl.lit(1.0),
        currency_code=pl.lit("CNY"),
        planned_finish_on="planned_finish_on",
        started_on="started_on",
        finished_on="finished_on",
        state_code=pl.lit("started"),
    )


def test_late_suppliers_are_found(items: pl.DataFrame, model: DelayModel) -> None:
    later = items.filter(pl.col("started_on") > AS_OF)
    delays = model.predict(items, asked_at(later, pl.col("started_on")))
    is_slow = later["supplier_id"].is_in(["s0", "s1", "s2", "s3"]).to_numpy()
    assert delays.late_share()[is_slow].mean() > 0.8
    assert delays.late_share()[~is_slow].mean() < 0.55
    outcome = (later["finished_on"] - later["planned_finish_on"]).dt.total_days().to_numpy()
    inside = (outcome >= delays.quantile(0.1)) & (outcome <= delays.quantile(0.9))
    assert 0.7 <= inside.mean() <= 0.92


def test_the_chance_of_being_late_and_the_band_are_one_story(items: pl.DataFrame, model: DelayModel) -> None:
    later = items.filter(pl.col("started_on") > AS_OF)
    delays = model.predict(items, asked_at(later, pl.col("started_on")))
    late = delays.late_share()
    is_told = np.abs(late - 0.5) > 1e-4
    assert np.array_equal((delays.quantile(0.5) > 0)[is_told], (late > 0.5)[is_told])
    # The ends of a band of whole days may stand to either side by no more than the day that they cut through.
    day_before, day_after = (1 - delays.share_by(np.full(len(late), day)) for day in (-1.0, 1.0))
    for share in (0.1, 0.8, 0.9):
        is_after = delays.quantile(share) > 0
        assert (day_before[is_after] > 1 - share - 1e-4).all()
        assert (day_after[~is_after] < 1 - share + 1e-4).all()


def test_a_model_comes_back_from_its_file(items: pl.DataFrame, model: DelayModel) -> None:
    asked = asked_at(items.filter(pl.col("started_on") > AS_OF).head(20), pl.col("started_on"))
    again = loads(dumps(model))
    assert np.array_equal(again.predict(items, asked).finished, model.predict(items, asked).finished)


def test_rows_of_the_model_say_why(items: pl.DataFrame, model: DelayModel) -> None:
    milestones = as_milestones(items)
    rows = forecast(milestones, AS_OF, publication_name="n", run_id="r", model=model, items=items)
    assert rows.schema == pl.Schema(OUTPUT_SCHEMA)
    assert set(rows["method_code"]) == {"model"}
    assert (rows["finish_p10_on"] > AS_OF).all()
    assert (rows["delay_p10_days"] <= rows["delay_p50_days"]).all()
    begun = items.filter(pl.col("started_on") <= AS_OF, pl.col("supplier_id").is_in(["s0", "s1", "s2", "s3"]))
    slow = rows.join(begun, left_on="milestone_id", right_on="item_id", how="semi")
    ahead = slow.filter(pl.col("delay_p10_days") > 0, pl.col("late_probability_share") < 1)
    named = ahead.select(pl.concat_list(f"driver_{n}_code" for n in (1, 2, 3)).list.contains("supplier"))
    assert ahead.height == 0 or named.to_series().mean() > 0.5
    told = rows.row(0, named=True)
    for number in (1, 2, 3):
        code, value = told[f"driver_{number}_code"], told[f"driver_{number}_value"]
        assert (driver_words(code, value, "zh") is None) == (code is None)


def test_without_a_model_the_classes_answer(items: pl.DataFrame) -> None:
    rows = forecast(as_milestones(items), AS_OF, publication_name="n", run_id="r")
    assert "model" not in set(rows["method_code"])
    assert rows["driver_1_code"].null_count() == rows.height
    assert rows["late_probability_share"].is_between(0, 1).all()


def test_the_same_input_gives_the_same_model_whatever_comes_later(
    items: pl.DataFrame, model: DelayModel
) -> None:
    later = pl.col("finished_on") > AS_OF
    scrambled = items.with_columns(finished_on=pl.when(~later).then("finished_on")).reverse()
    again = train(scrambled, AS_OF, SMALL)
    asked = asked_at(items.filter(pl.col("started_on") > AS_OF).head(50), pl.col("started_on"))
    known = items.filter(pl.col("started_on") <= AS_OF)
    one, other = model.predict(known, asked), again.predict(known, asked)
    assert np.array_equal(one.finished, other.finished)


def test_too_little_is_said() -> None:
    with pytest.raises(TooLittleKnownError, match="needs 60"):
        train(company(seed=3, count=30), date(2030, 1, 1))
    constant = company(seed=3, count=200).with_columns(finished_on=pl.col("planned_finish_on"))
    with pytest.raises(TooLittleKnownError, match="1 different delays"):
        train(constant, date(2030, 1, 1))


def test_one_class_only_still_forecasts() -> None:
    items = company(seed=4, count=200).with_columns(
        finished_on=pl.col("planned_finish_on") + pl.duration(days=5 + pl.int_range(pl.len()) % 9)
    )
    model = train(items, AS_OF, SMALL)
    asked = asked_at(items.filter(pl.col("started_on") > AS_OF), pl.col("started_on"))
    assert model.predict(items, asked).late_share().min() > 0.9
