"""The private build file: it starts from the last good one, unless that was built by other SQL."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from lake.publication import Publication, point_to
from lake.settings import LakePaths
from pipelines.build_file import KEPT, BuildContext, discard_builds, keep_build, prepare_build

CONTEXT = BuildContext("run-1", "night-2025-09-30", "2025-09-30", 7, "CNY", "Asia/Shanghai", "sql-1")
CONTEXT_TABLES = {"build_context", "figure_override"}


@pytest.fixture
def paths(tmp_path: Path) -> LakePaths:
    return LakePaths(tmp_path)


def good_build(paths: LakePaths) -> None:
    build = paths.build / "run-1.duckdb"
    prepare_build(paths, build, CONTEXT)
    with duckdb.connect(str(build)) as con:
        con.execute("create schema marts; create table marts.fct_order_line as select 1 as line_no")
    keep_build(paths, build)


def tables(build: Path) -> set[str]:
    with duckdb.connect(str(build), read_only=True) as con:
        return {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}


def test_the_next_build_carries_on_from_the_last_good_one(paths: LakePaths) -> None:
    good_build(paths)
    build = paths.build / "run-2.duckdb"
    prepare_build(paths, build, replace(CONTEXT, run_id="run-2", as_of_on="2025-10-01"))
    assert tables(build) == {*CONTEXT_TABLES, "fct_order_line"}
    with duckdb.connect(str(build), read_only=True) as con:
        assert con.execute("select run_id, as_of_on::text from ops.build_context").fetchall() == [
            ("run-2", "2025-10-01")
        ]


def test_changed_sql_starts_anew(paths: LakePaths) -> None:
    good_build(paths)
    build = paths.build / "run-2.duckdb"
    prepare_build(paths, build, replace(CONTEXT, run_id="run-2", project_hash="sql-2"))
    assert tables(build) == CONTEXT_TABLES


def test_another_time_zone_starts_anew(paths: LakePaths) -> None:
    # The days of hours built before would end where they ended then.
    good_build(paths)
    build = paths.build / "run-2.duckdb"
    prepare_build(paths, build, replace(CONTEXT, run_id="run-2", time_zone="Europe/Berlin"))
    assert tables(build) == CONTEXT_TABLES


def test_a_choice_of_the_companys_own_starts_anew_and_keeping_to_it_carries_on(paths: LakePaths) -> None:
    good_build(paths)
    build = paths.build / "run-2.duckdb"
    own = replace(CONTEXT, run_id="run-2", defaults={"otif_tolerance_days": 2})
    assert not prepare_build(paths, build, own)
    with duckdb.connect(str(build), read_only=True) as con:
        assert con.execute("select name, value::double from ops.figure_override").fetchall() == [
            ("otif_tolerance_days", 2.0)
        ]
    keep_build(paths, build)
    third = paths.build / "run-3.duckdb"
    assert prepare_build(paths, third, replace(own, run_id="run-3"))
    other = replace(own, run_id="run-4", defaults={"otif_tolerance_days": 3})
    assert not prepare_build(paths, paths.build / "run-4.duckdb", other)


def test_changed_sql_forgets_nothing_that_only_earlier_nights_knew(paths: LakePaths) -> None:
    good_build(paths)
    with duckdb.connect(str(paths.build / "good.duckdb")) as con:
        con.execute("create table marts.mart_profit_restatement as select 2 as version_no")
    build = paths.build / "run-2.duckdb"
    prepare_build(paths, build, replace(CONTEXT, run_id="run-2", project_hash="sql-2"))
    assert tables(build) == {*CONTEXT_TABLES, "mart_profit_restatement"}
    with duckdb.connect(str(build), read_only=True) as con:
        assert con.execute("select version_no from marts.mart_profit_restatement").fetchall() == [(2,)]


def test_a_lost_build_takes_what_only_it_remembered_from_the_published_file(paths: LakePaths) -> None:
    paths.published.mkdir(parents=True)
    with duckdb.connect(str(paths.published / "night-2025-09-30.duckdb")) as con:
        con.execute(
            "create schema marts; create table marts.mart_profit_restatement as select 2 as version_no"
        )
        con.execute("create table marts.mart_profit_month as select 1 as one")
    now = datetime(2025, 10, 1)
    point_to(
        paths,
        Publication(
            "night-2025-09-30", 7, date(2025, 9, 30), "night", "ok", now, "run-1", "night-2025-09-30.duckdb"
        ),
    )
    build = paths.build / "run-2.duckdb"
    prepare_build(paths, build, replace(CONTEXT, run_id="run-2"))
    assert tables(build) == {*CONTEXT_TABLES, "mart_profit_restatement"}


def test_kept_are_the_models_that_no_refresh_may_rebuild(project_root: Path) -> None:
    models = (project_root / "dbt_project" / "models").rglob("*.sql")
    assert {file.stem for file in models if "full_refresh=false" in file.read_text("utf-8")} == set(KEPT)


def publish(paths: LakePaths, run_id: str, status: str = "ok") -> None:
    paths.published.mkdir(exist_ok=True)
    at = datetime(2025, 10, 1, 2)
    point_to(
        paths, Publication(run_id, 7, date(2025, 9, 30), "night", status, at, run_id, f"{run_id}.duckdb")
    )


def checked_until(paths: LakePaths, context: BuildContext) -> datetime | None:
    """What the build of a run, kept as the good one, says has been checked before it."""
    build = paths.build / f"{context.run_id}.duckdb"
    prepare_build(paths, build, context)
    keep_build(paths, build)
    with duckdb.connect(str(paths.build / "good.duckdb"), read_only=True) as con:
        return con.execute("select checked_until_at from ops.build_context").fetchall()[0][0]


def test_what_was_loaded_before_a_night_that_ended_well_is_checked(paths: LakePaths) -> None:
    first, second, later = (datetime(2025, 10, day, 1) for day in (1, 2, 3))
    assert checked_until(paths, replace(CONTEXT, pinned_at=first)) is None
    publish(paths, "run-1")
    assert checked_until(paths, replace(CONTEXT, run_id="run-2", pinned_at=second)) == first
    publish(paths, "run-2")
    # A refresh tests part of what it finds loaded: it vouches for no more than the night before it.
    assert checked_until(paths, replace(CONTEXT, run_id="run-3")) == second
    publish(paths, "run-3")
    assert checked_until(paths, replace(CONTEXT, run_id="run-4", pinned_at=later)) == second


@pytest.mark.parametrize("status", ["check_failed", None])
def test_after_a_night_that_failed_a_check_all_is_checked_again(paths: LakePaths, status: str | None) -> None:
    moment = datetime(2025, 10, 1, 1)
    checked_until(paths, replace(CONTEXT, pinned_at=moment))
    if status:
        publish(paths, "run-1", status)
    assert checked_until(paths, replace(CONTEXT, run_id="run-2", pinned_at=moment)) is None


def test_what_a_killed_run_left_goes_and_the_good_build_stays(paths: LakePaths) -> None:
    good_build(paths)
    (paths.build / "killed.duckdb").write_bytes(b"half")
    (paths.build / "killed.duckdb.wal").write_bytes(b"half")
    discard_builds(paths)
    assert [path.name for path in paths.build.iterdir()] == ["good.duckdb"]


def test_a_good_build_cut_short_is_left_aside_rather_than_trusted(paths: LakePaths) -> None:
    good_build(paths)
    good = paths.build / "good.duckdb"
    good.write_bytes(good.read_bytes()[:100])
    build = paths.build / "run-2.duckdb"
    prepare_build(paths, build, replace(CONTEXT, run_id="run-2"))
    assert tables(build) == CONTEXT_TABLES
