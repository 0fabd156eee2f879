"""From the company down to a row: every level adds up to the one above, and the tile says the same."""

import datetime as dt

import duckdb
import pytest

from cockpit.repositories import claims, drill
from cockpit.repositories.published import Reader
from cockpit.services.claims import lines
from cockpit.services.drill import LEVELS, Place, totals
from lake.publication import current_publication
from lake.settings import Settings
from tests.support.published import publish_company

SINCE = dt.date(2024, 10, 1)


@pytest.fixture
def reader(tmp_path) -> Reader:
    publish_company(tmp_path / "lake")
    settings = Settings(lake=tmp_path / "lake")
    return Reader(settings, current_publication(settings))


def members(reader: Reader, place: Place):
    return drill.members(reader, place.level, SINCE, place.region, place.city, place.project)


def test_each_member_is_the_sum_of_its_own_members_down_to_the_row(reader):
    def walk(place: Place, expected: dict | None) -> int:
        here = members(reader, place)
        found = totals(here)
        if expected is not None:
            counts = ("due_count", "on_time_count", "overdue_count")
            assert {name: found[name] for name in counts} == {name: expected[name] for name in counts}
            if place.level != LEVELS[-1]:
                assert found["project_count"] == expected["project_count"]
        if place.level == LEVELS[-1]:
            return here.height
        return sum(walk(place.into(row["member"]), row) for row in here.iter_rows(named=True))

    with duckdb.connect(
        str(reader.settings.paths.published / "night-2025-09-30.duckdb"), read_only=True
    ) as con:
        (milestones,) = con.execute("select count(*) from marts.fct_milestone").fetchone()
    assert walk(Place(), None) == milestones


def test_a_place_in_an_address_without_what_stands_above_it_is_the_whole():
    assert Place.of({"project": "P1"}) == Place()
    assert Place.of({"region": "east", "city": "上海"}).level == "project"
    assert Place.of({"region": "east"}).into("上海").up_to("region") == Place(region="east")


def test_a_level_that_is_none_is_refused(reader):
    with pytest.raises(ValueError, match="region; drop"):
        drill.members(reader, "region; drop table", SINCE, None, None, None)


def test_pressing_down_shows_the_members_and_the_way_back(open_page):
    app = open_page("overview", "zh", query={"region": "-", "city": "上海"})
    assert not app.exception
    labels = [button.label for button in app.button]
    assert "全公司" in labels
    app.button(key="drill_all").click().run()
    assert not app.exception
    assert not [button for button in app.button if button.key == "drill_to_region"]


def test_claims_are_shown_beside_what_is_measured(reader):
    told = {line.words: line for line in lines(claims.claims(reader), "en")}
    stars = next(line for words, line in told.items() if "Mean rating" in words)
    assert stars.claimed == "4.8"
    assert stars.measured != "–"
    assert stars.note.startswith("n = ")
    assert len(told) == 12


def test_a_claim_without_data_is_no_data(tmp_path):
    publish_company(tmp_path / "lake", has_rows=False)
    settings = Settings(lake=tmp_path / "lake")
    told = lines(claims.claims(Reader(settings, current_publication(settings))), "en")
    assert {line.measured for line in told} <= {"–", "0"}
