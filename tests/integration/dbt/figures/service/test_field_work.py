"""Material used and ways gone by engineers, computed a second time."""

import math

import polars as pl
import pytest

from tests.support.figure_day import UNTIL, Frames
from tests.support.service_figures import SHARE, Row, lookup, rows_of, same_ratio
from tests.support.warehouse import Warehouse


def test_material_used_against_its_plan(built: Warehouse, frames: Frames) -> None:
    found = {row["material_use_id"]: row["material_use_share"] for row in rows_of(built, "mart_material_use")}
    uses = frames["work__material_use"].filter(pl.col("used_on") <= UNTIL)
    assert len(found) == uses.height > 0
    for row in uses.iter_rows(named=True):
        same_ratio(found[row["material_use_id"]], row["quantity_used"], row["quantity_planned"], SHARE)


def test_engineers_are_as_far_away_as_the_crow_flies(built: Warehouse, frames: Frames) -> None:
    sites = {row["site_id"]: row for row in frames["ref__sites"].iter_rows(named=True)}
    bases = lookup(frames["work__engineers"], "engineer_id", "base_site_id")
    found = dict(built.rows("select work_order_id, distance_km from marts.fct_work_order"))
    measured = 0
    for row in frames["work__work_orders"].iter_rows(named=True):
        here, there = sites.get(row["site_id"]), sites.get(bases.get(row["engineer_id"], ""))
        distance = found[row["work_order_id"]]
        if here is None or there is None:
            assert distance is None
            continue
        measured += 1
        assert float(distance) == pytest.approx(_kilometres(here, there), abs=0.06)
    assert measured > 100


def _kilometres(here: Row, there: Row) -> float:
    """The angle between two points by their vectors from the centre of the earth."""

    def vector(place: Row) -> tuple[float, float, float]:
        latitude, longitude = math.radians(place["latitude"]), math.radians(place["longitude"])
        return (
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        )

    # By the chord, because the arc cosine of nearly one is good for nothing.
    chord = math.dist(vector(here), vector(there))
    return 6371.0088 * 2 * math.asin(min(chord / 2, 1))
