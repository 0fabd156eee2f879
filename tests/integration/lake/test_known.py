"""What was known then stays known: after later data, after the file is gone, and for rows below the marts."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from lake.connection import connect_lake
from lake.contracts import contract
from lake.known import known_rows, known_versions, open_known_at
from lake.publication import Publication, PublicationError
from lake.publishing import publish
from lake.settings import Settings
from pipelines.month_ends import keep_month_ends
from tests.support.small_lake import make_small_lake

NO_WISHES = {"nodes": {}}


def build_of(folder: Path, sql: str) -> Path:
    """A build file with one mart."""
    path = folder / "build.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts; create schema ml; create schema ops")
        con.execute(f"create table marts.mart_supplier_scorecard as {sql}")
    return path


def publish_day(settings: Settings, folder: Path, day: str, sql: str, kept: list[str] | None = None) -> Path:
    """A night's publication of one mart; `kept` hears which publications' months were kept."""
    name, on = f"night-{day}", dt.date.fromisoformat(day)
    at = dt.datetime.combine(on, dt.time(20))
    publication = Publication(name, 1, on, "night", "ok", at, f"run-{day}", f"{name}.duckdb")
    heard = kept if kept is not None else []
    with connect_lake(settings) as con:
        publish(
            settings,
            con,
            publication,
            build_of(folder, sql),
            lambda writer: heard.extend(keep_month_ends(writer, settings, on, NO_WISHES)),
        )
    return settings.paths.published / publication.file_name


def score(settings: Settings, asked: str | None) -> list[tuple]:
    known = open_known_at(settings, asked)
    with known.con as con:
        return con.execute("select score from marts.mart_supplier_scorecard order by supplier_id").fetchall()


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Nights in September and October; on 15 October a column came, and late data for September."""
    folder = tmp_path_factory.mktemp("autumn")
    settings = make_small_lake(Settings(lake=folder / "lake"))
    publish_day(settings, folder, "2025-09-29", "select 'S1' as supplier_id, 70 as score")
    publish_day(settings, folder, "2025-09-30", "select 'S1' as supplier_id, 71 as score")
    publish_day(settings, folder, "2025-10-01", "select 'S1' as supplier_id, 60 as score")
    publish_day(settings, folder, "2025-10-15", "select 'S1' as supplier_id, 61.5 as score, 'A' as grade")
    return settings


@contextmanager
def cleaned_up(settings: Settings, name: str) -> Iterator[None]:
    """A published file is gone for a while."""
    file = settings.paths.published / f"{name}.duckdb"
    aside = file.with_suffix(".aside")
    file.rename(aside)
    try:
        yield
    finally:
        aside.rename(file)


def test_a_date_means_its_newest_publication_by_then(autumn: Settings) -> None:
    assert score(autumn, None) == [(61.5,)]
    assert score(autumn, "2025-09-30") == [(71,)]
    assert score(autumn, "2025-10-07") == [(60,)]
    assert score(autumn, "night-2025-09-29") == [(70,)]
    assert score(autumn, "2030-01-01") == [(61.5,)]


def test_before_the_first_publication_nothing_was_known(autumn: Settings) -> None:
    with pytest.raises(PublicationError, match="no publication yet on 2025-09-01"):
        open_known_at(autumn, "2025-09-01")


def test_once_its_file_is_gone_history_says_what_the_month_end_said(autumn: Settings) -> None:
    with cleaned_up(autumn, "night-2025-09-30"):
        known = open_known_at(autumn, "2025-09-30")
        known.con.close()
        assert (known.is_from_history, known.publication_name) == (True, "night-2025-09-30")
        assert score(autumn, "2025-09-30") == [(71,)]


def test_what_no_month_end_holds_is_said_to_be_gone(autumn: Settings) -> None:
    with (
        cleaned_up(autumn, "night-2025-09-29"),
        pytest.raises(PublicationError, match="history holds no month end up to then"),
    ):
        open_known_at(autumn, "2025-09-29")


def test_the_last_of_a_month_is_kept_once_whatever_columns_came_and_types_changed(
    tmp_lake: Settings, tmp_path: Path
) -> None:
    make_small_lake(tmp_lake)
    kept: list[str] = []
    publish_day(tmp_lake, tmp_path, "2025-09-30", "select 'S1' as supplier_id, 71 as score", kept)
    publish_day(tmp_lake, tmp_path, "2025-10-01", "select 'S1' as supplier_id, 60 as score", kept)
    newer = "select 'S1' as supplier_id, 61.0 as score, 'A' as grade"
    publish_day(tmp_lake, tmp_path, "2025-10-02", newer, kept)
    publish_day(tmp_lake, tmp_path, "2025-11-03", newer, kept)
    assert kept == ["night-2025-09-30", "night-2025-10-02"]
    with connect_lake(tmp_lake, read_only=True) as con:
        rows = con.execute(
            "select _month_end_on::varchar, score::integer, grade from lake.history.mart_supplier_scorecard"
            " order by all"
        ).fetchall()
    assert rows == [("2025-09-30", 71, None), ("2025-10-31", 61, "A")]


MILESTONES = contract("projects__milestones")


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A milestone that was moved twice, and renamed in between."""
    folder = tmp_path_factory.mktemp("moved")
    settings = make_small_lake(Settings(lake=folder / "lake"), "projects__milestones")
    with connect_lake(settings) as con:
        states = [
            ("raw", "2025-04-01", "Roof", "2025-09-10", None),
            ("history", "2025-01-01", "Rof", "2025-07-01", "2025-02-01"),
            ("history", "2025-02-01", "Roof", "2025-07-01", "2025-03-01"),
            ("history", "2025-03-01", "Roof", "2025-08-15", "2025-04-01"),
        ]
        for schema, loaded, name, planned, until in states:
            row = {"milestone_id": "M1", "name": name, "planned_finish_on": planned, "_loaded_at": loaded}
            row |= {"_superseded_at": until} if until else {}
            con.execute(
                f"insert into lake.{schema}.raw_projects__milestones ({', '.join(row)})"
                f" values ({', '.join('?' for _ in row)})",
                list(row.values()),
            )
    return settings


def test_late_data_are_known_only_after_their_arrival(moved: Settings) -> None:
    def planned(moment: str) -> list[tuple]:
        with connect_lake(moved, read_only=True) as con:
            sql = known_rows(MILESTONES, f"timestamp '{moment}'")
            return con.execute(f"select planned_finish_on::varchar, name from ({sql})").fetchall()

    assert planned("2024-12-31") == []
    assert planned("2025-01-15") == [("2025-07-01", "Rof")]
    assert planned("2025-02-01") == [("2025-07-01", "Roof")]
    assert planned("2025-03-31 23:59:59") == [("2025-08-15", "Roof")]
    assert planned("2026-01-01") == [("2025-09-10", "Roof")]


def test_dates_are_told_by_the_spans_in_which_they_held_without_gap_or_overlap(moved: Settings) -> None:
    with connect_lake(moved, read_only=True) as con:
        spans = con.execute(
            "select planned_finish_on::varchar, known_from_at::date::varchar, known_to_at::date::varchar"
            f" from ({known_versions(MILESTONES, ['planned_finish_on'])}) order by known_from_at"
        ).fetchall()
    assert spans == [
        ("2025-07-01", "2025-01-01", "2025-03-01"),
        ("2025-08-15", "2025-03-01", "2025-04-01"),
        ("2025-09-10", "2025-04-01", None),
    ]
