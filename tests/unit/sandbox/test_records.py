"""Records of running systems: stamps, tombstones, corrections, and a company that is started again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from sandbox.systems.records import DELETED, STAMP, Correction, Records

DAY = date(2025, 9, 29)


def frames(day: date) -> dict[str, pl.DataFrame]:
    """Ten prices; each day one more, the first one cent dearer, and one of the old ones gone."""
    age = (day - DAY).days
    numbers = list(range(age, 10 + age))
    return {
        "prices": pl.DataFrame(
            {
                "product_id": [f"P{number:02}" for number in numbers],
                "min_quantity": [1] * len(numbers),
                "amount": [100 + age if number == age else number for number in numbers],
                "valid_on": [date(2025, 1, 1)] * len(numbers),
            }
        )
    }


def records(**options: object) -> Records:
    return Records(frames, {"prices": ("product_id", "min_quantity")}, DAY, **options)  # type: ignore[arg-type]


def test_the_past_is_stamped_before_the_first_day() -> None:
    stamps = records().table("prices")[STAMP]
    assert stamps.n_unique() == 10
    assert all(datetime(2025, 6, 1) < stamp < datetime(2025, 9, 29) for stamp in stamps)


def test_a_day_stamps_what_differs_and_nothing_else() -> None:
    made = records()
    made.advance()
    tomorrow = DAY + timedelta(days=1)
    changed = made.changed_on("prices", tomorrow).sort("product_id")
    assert changed["product_id"].to_list() == ["P00", "P01", "P10"]
    assert changed[DELETED].to_list() == [True, False, False]
    assert changed["amount"].to_list() == [None, 101, 10]
    assert all(stamp.date() == tomorrow for stamp in changed[STAMP])
    assert made.table("prices").height == 11


def test_a_jump_over_days_ends_at_the_same_rows() -> None:
    one, other = records(), records()
    one.advance(3)
    other.move_to(DAY + timedelta(days=3))
    chosen = ["product_id", "min_quantity", "amount", DELETED]
    living = [each.table("prices").filter(~pl.col(DELETED)).select(chosen) for each in (one, other)]
    assert living[0].sort("product_id").equals(living[1].sort("product_id"))
    assert other.changed_on("prices", other.today).height == 7


def test_the_clock_does_not_go_back() -> None:
    made = records()
    with pytest.raises(ValueError, match="does not go back"):
        made.move_to(DAY)
    with pytest.raises(ValueError, match="at least one day"):
        made.advance(0)


def test_one_record_a_day_is_deleted_where_asked() -> None:
    made = records(shrinking=("prices",))
    made.advance(2)
    # Two left the generator's frames, two were deleted; one may have been both.
    assert 3 <= made.table("prices")[DELETED].sum() <= 4


def test_a_correction_is_dated_back_and_stamped_anew() -> None:
    made = records(correcting=(Correction("prices", "valid_on", 3),))
    made.advance()
    back = made.table("prices").filter(pl.col("valid_on") == date(2024, 12, 29))
    assert back.height == 1
    assert back[STAMP].item().date() == DAY + timedelta(days=1)
    made.advance()
    assert made.table("prices").filter(pl.col("valid_on") == date(2024, 12, 29)).height == 2


def test_what_people_did_stays_on_the_next_day() -> None:
    made = records()
    made.edit("prices", ("P05", 1), amount=7)
    made.delete("prices", ("P06", 1))
    made.advance()
    rows = {row["product_id"]: row for row in made.rows("prices")}
    assert rows["P05"]["amount"] == 7
    assert rows["P06"][DELETED]
    assert rows["P06"]["amount"] is None
    with pytest.raises(KeyError, match="no record"):
        made.delete("prices", ("P99", 1))


def test_saved_records_go_on_as_if_never_stopped(tmp_path: Path) -> None:
    one = records(shrinking=("prices",), correcting=(Correction("prices", "valid_on", 3),))
    one.advance(2)
    one.save(tmp_path)
    other = records(shrinking=("prices",), correcting=(Correction("prices", "valid_on", 3),))
    other.today = one.today
    other.load(tmp_path)
    assert other.rows("prices") == one.rows("prices")
    one.advance()
    other.advance()
    assert other.rows("prices") == one.rows("prices")
