"""A tier follows what an earlier night told of customers' worth: the newest before, whatever came after."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from ml.value.model import REASONS
from pipelines.told_value import COLUMNS, lay_told_value

NIGHT = date(2025, 9, 30)


@pytest.fixture
def lake(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A database in the shape of the lake, with its list of publications and no archive yet."""
    con = duckdb.connect()
    con.execute(f"attach '{tmp_path / 'lake.duckdb'}' as lake")
    con.execute("create schema lake.ops; create schema lake.history")
    con.execute("create table lake.ops.publication (name varchar, as_of_on date, published_at timestamp)")
    return con


def tell(
    lake: duckdb.DuckDBPyConnection, name: str, on: date, at: datetime, scores: dict[str, float]
) -> None:
    lake.execute("insert into lake.ops.publication values (?, ?, ?)", [name, on, at])
    typed = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items())
    lake.execute(
        f"create table if not exists lake.history.ml_value_forecast ({typed}, publication_name varchar)"
    )
    for customer, score in scores.items():
        lake.execute(
            "insert into lake.history.ml_value_forecast by name select ? as customer_id, ?::date as as_of_on,"
            " 'model' as method_code, ?::double as score_share, ? as publication_name",
            [customer, on, score, name],
        )


def told(build: Path) -> list[tuple]:
    with duckdb.connect(str(build), read_only=True) as con:
        return con.execute("select customer_id, as_of_on, score_share from ops.told_value").fetchall()


@pytest.fixture
def build(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema ops")
    return path


def test_before_any_night_told_the_table_is_empty(lake: duckdb.DuckDBPyConnection, build: Path) -> None:
    assert lay_told_value(lake, build, NIGHT) == 0
    assert told(build) == []


def test_the_newest_publication_of_the_day_before_counts_and_nothing_of_the_day_itself(
    lake: duckdb.DuckDBPyConnection, build: Path
) -> None:
    tell(lake, "night-2025-09-28", date(2025, 9, 28), datetime(2025, 9, 29, 3), {"A": 0.1, "GONE": 0.5})
    tell(lake, "night-2025-09-29", date(2025, 9, 29), datetime(2025, 9, 30, 3), {"A": 0.2})
    tell(lake, "night-2025-09-29.1", date(2025, 9, 29), datetime(2025, 9, 30, 9), {"A": 0.3, "B": 0.9})
    tell(lake, "night-2025-09-30", NIGHT, datetime(2025, 10, 1, 3), {"A": 0.4})
    tell(lake, "night-2025-10-01", date(2025, 10, 1), datetime(2025, 10, 2, 3), {"A": 0.6})
    expected = [("A", date(2025, 9, 29), 0.3), ("B", date(2025, 9, 29), 0.9)]
    assert lay_told_value(lake, build, NIGHT) == 2
    assert told(build) == expected
    # The same night once more sees the same.
    lay_told_value(lake, build, NIGHT)
    assert told(build) == expected


def test_a_publication_without_a_forecast_does_not_hide_the_one_before(
    lake: duckdb.DuckDBPyConnection, build: Path
) -> None:
    tell(lake, "night-2025-09-28", date(2025, 9, 28), datetime(2025, 9, 29, 3), {"A": 0.1})
    tell(lake, "refresh-1", date(2025, 9, 29), datetime(2025, 9, 30, 3), {})
    lay_told_value(lake, build, NIGHT)
    assert told(build) == [("A", date(2025, 9, 28), 0.1)]


def test_the_build_is_told_the_columns_that_dbt_reads(project_root: Path) -> None:
    sources = yaml.safe_load((project_root / "dbt_project/models/sources/_build.yml").read_text("utf-8"))
    [source] = [each for each in sources["sources"][0]["tables"] if each["name"] == "told_value"]
    assert {each["name"]: each["data_type"] for each in source["columns"]} == COLUMNS


def test_every_reason_of_the_model_has_words_for_both_directions(project_root: Path) -> None:
    words = (project_root / "dbt_project/seeds/tier_reason.csv").read_text("utf-8").splitlines()
    codes = {line.partition(",")[0] for line in words}
    assert {f"value_{reason}_{way}" for reason in REASONS for way in ("up", "down")} <= codes
