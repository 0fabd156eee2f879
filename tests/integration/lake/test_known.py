"""What was known then stays known: after later data, after the file is gone, and for rows below the marts."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from lake.connection import connect_lake
from lake.contracts import contract
from lake.known import known_rows, known_versions, open_known_at
from lake.publication import Publication, PublicationError
from lake.publishing import publish
from lake.settings import Settings
from lake.tables import ensure_lake
from pipelines.month_ends import keep_month_ends

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
        ensure_lake(con)
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


@pytest.fixture
def autumn(tmp_lake: Settings, tmp_path: Path) -> Settings:
    """Nights in September and October; on 15 October a column came, and late data for September."""
    publish_day(tmp_lake, tmp_path, "2025-09-29", "select 'S1' as supplier_id, 70 as score")
    publish_day(tmp_lake, tmp_path, "2025-09-30", "select 'S1' as supplier_id, 71 as score")
    publish_day(tmp_lake, tmp_path, "2025-10-01", "select 'S1' as supplier_id, 60 as score")
    publish_day(tmp_lake, tmp_path, "2025-10-15", "select 'S1' as supplier_id, 61.5 as score, 'A' as grade")
    return tmp_lake


def test_a_date_means_its_newest_publication_by_then(autumn: Settings) -> None:
    assert score(autumn, None) == [(61.5,)]
    assert score(autumn, "2025-09-30") == [(71,)]
    assert score(autumn, "2025-10-07") == [(60,)]
    assert score(autumn, "night-2025-09-29") == [(70,)]
    assert score(autumn, "2030-01-01") == [(61.5,)]


def test_before_the_first_publication_nothing_was_known(autumn: Settings) -> None:
    with pytest.raises(PublicationError, match="no publication yet on 2025-09-01"):
        open_known_at(autumn, "2025-09-01")


def test_the_last_of_a_month_is_kept_once_when_the_next_month_begins(
    tmp_lake: Settings, tmp_path: Path
) -> None:
    kept: list[str] = []
    for day in ("2025-09-29", "2025-09-30", "2025-10-01", "2025-10-02", "2025-11-03"):
        publish_day(tmp_lake, tmp_path, day, "select 'S1' as supplier_id, 1 as score", kept)
    assert kept == ["night-2025-09-30", "night-2025-10-02"]


def test_once_its_file_is_gone_history_says_what_the_month_end_said(autumn: Settings) -> None:
    (autumn.paths.published / "night-2025-09-30.duckdb").unlink()
    known = open_known_at(autumn, "2025-09-30")
    assert (known.is_from_history, known.publication_name) == (True, "night-2025-09-30")
    known.con.close()
    assert score(autumn, "2025-09-30") == [(71,)]


def test_what_no_month_end_holds_is_said_to_be_gone(autumn: Settings) -> None:
    (autumn.paths.published / "night-2025-09-29.duckdb").unlink()
    with pytest.raises(PublicationError, match="history holds no month end up to then"):
        open_known_at(autumn, "2025-09-29")


def test_a_mart_that_gained_a_column_keeps_its_older_months(autumn: Settings, tmp_path: Path) -> None:
    publish_day(autumn, tmp_path, "2025-11-01", "select 'S1' as supplier_id, 50 as score, 'B' as grade")
    with connect_lake(autumn, read_only=True) as con:
        rows = con.execute(
            "select _month_end_on::varchar, score::double, grade from lake.history.mart_supplier_scorecard"
            " order by all"
        ).fetchall()
    # The score was a whole number when its history began: 61.5 is read into that.
    assert [(month, grade) for month, _, grade in rows] == [("2025-09-30", None), ("2025-10-31", "A")]


MILESTONES = contract("projects__milestones")


@pytest.fixture
def moved(tmp_lake: Settings) -> Settings:
    """A milestone that was moved twice, and renamed in between."""
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
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
    return tmp_lake


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
