"""A data engineer's story: real companies' published files, through whole nights, to known figures."""

from pathlib import Path

import duckdb
import pytest

from lake.publication import list_publications
from lake.settings import Settings
from tests.conftest import PROJECT_ROOT, TEST_KEY
from tests.support.nights import RUN_COLUMNS, published_file, run_night_here

pytestmark = pytest.mark.slow

COUNTS = {
    "nyc_schools": (
        """
        select count(*), count(started_on), count(planned_finish_on), count(finished_on),
            count(*) filter (finished_on is not null and planned_finish_on is not null),
            count(*) filter (is_finished and is_late),
            count(*) filter (state_code = 'started' and planned_finish_on < date '2025-09-30')
        from marts.fct_milestone
        """,
        (7115, 3865, 2735, 2109, 2065, 1108, 660),
    ),
    "scms": (
        """
        select
            (select count(*) from marts.fct_receipt_line),
            (select count(*) from marts.fct_receipt_line where is_late),
            (select count(score) from marts.mart_supplier_scorecard)
        """,
        (7110, 681, 63),
    ),
    "olist": (
        """
        select
            (select count(*) from marts.fct_order),
            (select count(*) from marts.fct_order_line),
            (select count(delivered_on) from marts.fct_order),
            (select count(*) from marts.fct_order where delivered_on > promised_on)
        """,
        (10000, 11252, 9648, 574),
    ),
}
BANDED = """
select count(*), count(outlook.finish_p10_on), count(outlook.finish_p90_on)
from marts.mart_milestone_outlook as outlook
inner join marts.fct_milestone as milestone using (milestone_id)
where milestone.state_code = 'started' and milestone.planned_finish_on < date '2025-09-30'
"""


def company(name: str, shared_data: Path, folder: Path) -> Settings:
    companies = PROJECT_ROOT / "data" / "companies"
    return Settings(company=companies / name, data=shared_data / name, lake=folder / "lake", key=TEST_KEY)


def ask(settings: Settings, sql: str) -> tuple[int, ...] | None:
    with duckdb.connect(str(published_file(settings)), read_only=True) as con:
        return con.execute(sql).fetchone()


@pytest.mark.parametrize("name", ["scms", "olist"])
def test_a_night_gives_the_known_counts(name: str, shared_data: Path, tmp_path: Path) -> None:
    settings = company(name, shared_data, tmp_path)
    report = run_night_here(settings)
    sql, expected = COUNTS[name]
    assert (report["status"], ask(settings, sql)) == ("ok", expected)


def test_school_phases_have_their_bands_and_a_second_night_changes_nothing(
    shared_data: Path, tmp_path: Path
) -> None:
    settings = company("nyc_schools", shared_data, tmp_path)
    run_night_here(settings)
    sql, expected = COUNTS["nyc_schools"]
    assert ask(settings, sql) == expected
    assert ask(settings, BANDED) == (660, 660, 660)
    again = run_night_here(settings)
    assert {load["status"] for load in again["loads"]} <= {"unchanged", "no_source"}
    assert changed_marts(settings) == []


def changed_marts(settings: Settings) -> list[str]:
    """Marts that differ between the two newest publications, by EXCEPT ALL both ways."""
    newer, older = list_publications(settings)[:2]
    changed = []
    with duckdb.connect() as con:
        for alias, publication in (("newer", newer), ("older", older)):
            con.execute(f"attach '{settings.paths.published / publication.file_name}' as {alias} (read_only)")
        tables = con.execute(
            "select table_name, string_agg(column_name, ', ' order by column_index) from duckdb_columns()"
            " where database_name = 'newer' and schema_name = 'marts' and not list_contains(?, column_name)"
            " group by table_name",
            [list(RUN_COLUMNS)],
        ).fetchall()
        assert len(tables) > 10
        for table, columns in tables:
            for one, other in (("newer", "older"), ("older", "newer")):
                rest = con.execute(
                    f"select count(*) from (select {columns} from {one}.marts.{table}"
                    f" except all select {columns} from {other}.marts.{table})"
                ).fetchone()
                if rest != (0,):
                    changed.append(f"{table}: {rest} rows only in {one}")
    return changed
