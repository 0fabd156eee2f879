"""Dirt lies where the ledger says, nowhere else, and at the same keys the day after."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from lake.contracts import load_contracts
from sandbox import generate
from sandbox.dirt import STAINS, soiled, soiled_texts
from tests.unit.sandbox.conftest import TOY, UNTIL

VALUES = [stain for stain in STAINS if stain.wrong is not None]


@pytest.fixture(scope="module")
def dirty(small: dict[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The small world with its dirt, and the ledger."""
    return soiled(small, seed=5)


@pytest.mark.parametrize("stain", VALUES, ids=lambda stain: f"{stain.table} {stain.kind}")
def test_only_the_rows_of_the_ledger_are_wrong(
    stain: object, small: dict[str, pl.DataFrame], dirty: tuple[dict[str, pl.DataFrame], pl.DataFrame]
) -> None:
    frames, ledger = dirty
    told = ledger.filter(table=stain.table, column=stain.column, kind=stain.kind)
    clean = small[stain.table]
    soiled_ones = frames[stain.table].head(clean.height)
    differs = clean[stain.column].ne_missing(soiled_ones[stain.column])
    assert [place + 1 for place in differs.arg_true().to_list()] == sorted(told["row_no"])
    assert 0 < told.height < 0.02 * clean.height + 2
    keys = clean.filter(differs).select(pl.concat_str(load_contracts()[stain.table].key, separator="|"))
    assert set(keys.to_series()) == set(told["key"]) or stain.table == "iot__readings"


def test_no_row_is_soiled_twice_and_golden_cases_stay_clean(
    dirty: tuple[dict[str, pl.DataFrame], pl.DataFrame],
) -> None:
    wrong = dirty[1].filter("is_refused")
    assert wrong.select("table", "row_no").is_unique().all()
    assert not wrong["key"].str.contains("G[1-7]-").any()


def test_a_repeated_row_is_exact_and_a_repeated_key_is_not(
    small: dict[str, pl.DataFrame], dirty: tuple[dict[str, pl.DataFrame], pl.DataFrame]
) -> None:
    readings, again = small["iot__readings"], dirty[0]["iot__readings"]
    more = again.tail(again.height - readings.height)
    assert 0 < more.height == dirty[1].filter(kind="duplicate").height
    assert more.join(readings, on=readings.columns, how="anti").height == 0
    table = "crm__interactions"
    texts = small[table].with_columns(pl.all().cast(pl.String))
    written, ledger = soiled_texts(table, small[table], texts, seed=5)
    copies = written.tail(written.height - texts.height)
    assert 0 < copies.height == ledger.filter(kind="repeated key").height
    assert copies["interaction_id"].is_in(texts["interaction_id"].implode()).all()
    assert copies["summary"].str.ends_with("(重复导出)").all()


def test_what_came_late_is_told(dirty: tuple[dict[str, pl.DataFrame], pl.DataFrame]) -> None:
    frames, ledger = dirty
    late = ledger.filter(kind="late")
    assert set(late["table"]) == {"erp__receipts", "iot__readings"}
    receipts = frames["erp__receipts"]
    booked = (receipts["recorded_on"] - receipts["received_on"]).dt.total_days() >= 3
    assert late.filter(table="erp__receipts").height == booked.sum() > 0
    readings = frames["iot__readings"]
    waits = readings["received_at"] - readings["read_at"]
    assert waits.max() <= timedelta(hours=48)


def test_the_same_rows_are_wrong_the_day_after() -> None:
    """Nobody mends them, and no clean row goes bad later; readings move out of their window."""
    before = generate(seed=5, scale=TOY * 4, until=UNTIL - timedelta(days=1))
    after = generate(seed=5, scale=TOY * 4, until=UNTIL)
    one, other = (soiled(frames, seed=5)[1] for frames in (before, after))
    for table in {stain.table for stain in VALUES} - {"iot__readings"}:
        keys = load_contracts()[table].key
        known = set(before[table].select(pl.concat_str(keys, separator="|")).to_series())
        was, now = (
            set(each.filter(pl.col("table") == table, pl.col("is_refused"))["key"]) for each in (one, other)
        )
        assert was == now & known
