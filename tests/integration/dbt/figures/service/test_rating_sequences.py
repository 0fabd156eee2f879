"""Low ratings in a row and who must act, computed a second time."""

import datetime as dt
from collections import defaultdict

import polars as pl

from sandbox.company import Simulation
from tests.support.figure_day import Frames
from tests.support.service_figures import Row, lookup, rows_of
from tests.support.warehouse import Warehouse


def test_low_ratings_in_a_row_are_one_case_each(built: Warehouse, frames: Frames, ratings: list[Row]) -> None:
    customers = lookup(frames["crm__customers"], "customer_id", "region_code")
    by_customer: defaultdict[str, list[Row]] = defaultdict(list)
    for rating in ratings:
        by_customer[rating["customer_id"]].append(rating)
    expected = {}
    for customer, given in by_customer.items():
        for first, second in _low_pairs(given):
            region = customers[customer]
            manager = _manager(frames["ref__region_managers"], region, second["day"])
            expected[second["rating_id"]] = (customer, first["rating_id"], manager)
    found = {
        row["rating_sequence_id"]: (row["customer_id"], row["first_rating_id"], row["manager_id"])
        for row in rows_of(built, "mart_rating_sequence")
    }
    assert found == expected
    [(told,)] = built.rows("select sum(rating_sequence_count) from marts.mart_service_month")
    assert told == len(expected)


def test_the_golden_sequences_of_ratings(built: Warehouse, world: Simulation) -> None:
    """Nobody has closed a care plan yet, so the second case of G5-C5 still belongs to the first."""
    plans = {
        row["item"].split()[0]: int(row["value"])
        for row in world.truth["golden"].filter(pl.col("case_code") == "G5").iter_rows(named=True)
    }
    assert plans == {"G5-C1": 1, "G5-C2": 0, "G5-C3": 0, "G5-C4": 1, "G5-C5": 2}
    found = dict(
        built.rows(
            "select customer_id, count(*) from marts.mart_rating_sequence"
            " where customer_id like 'G5-%' and year(found_on) = 2026 group by all"
        )
    )
    assert found == {"G5-C1": 1, "G5-C4": 1, "G5-C5": 1}
    of_five = built.row(
        "select * from marts.mart_rating_sequence where customer_id = 'G5-C5' and year(found_on) = 2026"
    )
    assert (of_five["first_stars"], of_five["second_stars"], of_five["low_rating_count"]) == (2, 2, 4)
    assert of_five["is_recent"]
    assert not of_five["is_national_queue"]


def _low_pairs(given: list[Row]) -> list[tuple[Row, Row]]:
    """The first two ratings of each run below three stars, in order of time."""
    pairs, run = [], []
    for rating in given:
        if rating["stars"] >= 3:
            run = []
            continue
        if run and (rating["day"] - run[-1]["day"]).days > 365:
            run = []
        run.append(rating)
        if len(run) == 2:
            pairs.append((run[0], run[1]))
    return pairs


def _manager(terms: pl.DataFrame, region: str, day: dt.date) -> str | None:
    held = [
        row
        for row in terms.filter(pl.col("region_code") == region).iter_rows(named=True)
        if row["valid_from_on"] <= day <= (row["valid_to_on"] or day)
    ]
    return max(held, key=lambda row: row["valid_from_on"])["person_id"] if held else None
