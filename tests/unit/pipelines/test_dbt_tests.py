"""dbt's data tests as queries: which run when, what they find, and how their counts are judged."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from lake.settings import Settings
from lake.tables import ensure_lake
from pipelines.dbt_tests import DataTest, due_tests, keep_tests, read_tests, run_tests

ZERO = DataTest(
    unique_id="test.price_is_not_negative",
    name="price_is_not_negative",
    tested="fct_order",
    parents=("fct_order",),
    sql="select * from build.marts.fct_order where price < 0",
    fail_calc="count(*)",
    warn_if="!= 0",
    error_if="!= 0",
    severity="error",
    limit=None,
)
CHILD = replace(
    ZERO,
    unique_id="test.order_has_a_customer",
    name="order_has_a_customer",
    parents=("dim_customer", "fct_order"),
    sql="select 1 from build.marts.fct_order anti join build.marts.dim_customer using (customer_id)",
)


@pytest.fixture
def build(tmp_path: Path, tmp_lake: Settings) -> Path:
    from lake.connection import connect_lake

    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.dim_customer as select 'C1' as customer_id")
        con.execute(
            "create table marts.fct_order as"
            " select unnest(['C1', 'C1', 'C2', 'C3']) as customer_id, unnest([5, -1, 3, -2]) as price"
        )
    return path


def test_a_test_waits_for_the_last_of_its_tables() -> None:
    assert due_tests([ZERO, CHILD], {"fct_order"}, {"dim_customer"}) == [ZERO]
    assert due_tests([ZERO, CHILD], {"fct_order", "dim_customer"}, ()) == [ZERO, CHILD]
    assert due_tests([ZERO, CHILD], {"dim_customer"}, ()) == [CHILD]
    assert due_tests([ZERO, CHILD], {"dim_product"}, ()) == []


def test_all_tests_of_a_table_tell_their_own_count(build: Path, tmp_lake: Settings) -> None:
    sound = replace(ZERO, unique_id="test.small", sql="select * from build.marts.fct_order where price > 9")
    found = {each.unique_id: each for each in run_tests(tmp_lake, build, 1, [ZERO, CHILD, sound])}
    assert {name: (each.failures, each.is_ok) for name, each in found.items()} == {
        ZERO.unique_id: (2, False),
        CHILD.unique_id: (2, False),
        sound.unique_id: (0, True),
    }
    assert found[ZERO.unique_id].message == "Got 2 results, configured to fail if != 0"


def test_rows_that_say_what_is_wrong_are_heard(build: Path, tmp_lake: Settings) -> None:
    sql = "select customer_id || ': ' || price as message from build.marts.fct_order where price < 0"
    told, mild = run_tests(
        tmp_lake, build, 1, [replace(ZERO, sql=sql), replace(CHILD, sql=sql, error_if="> 9")]
    )
    assert told.message == "C1: -1; C3: -2; Got 2 results, configured to fail if != 0"
    assert mild.message.startswith("C1: -1; C3: -2; ")
    fine = replace(ZERO, sql=f"{sql} and price < -9")
    assert run_tests(tmp_lake, build, 1, [fine])[0].message == ""


@pytest.mark.parametrize(
    ("changes", "is_ok", "is_warning"),
    [
        ({"severity": "warn"}, True, True),
        ({"severity": "warn", "warn_if": "> 2"}, True, False),
        ({"error_if": "> 2"}, True, True),
        ({"error_if": "> 2", "warn_if": "> 2"}, True, False),
        ({"limit": 1, "error_if": "> 1", "warn_if": "> 1"}, True, False),
        ({"fail_calc": "sum(abs(price))", "error_if": ">= 3"}, False, False),
        ({"fail_calc": "coalesce(sum(price), 0)", "error_if": "> 0", "warn_if": "> 0"}, True, False),
    ],
)
def test_counts_are_judged_as_dbt_does(
    build: Path, tmp_lake: Settings, changes: dict[str, object], is_ok: bool, is_warning: bool
) -> None:
    outcome = run_tests(tmp_lake, build, 1, [replace(ZERO, **changes)])[0]
    assert (outcome.is_ok, outcome.is_warning) == (is_ok, is_warning)


def test_a_query_that_breaks_is_named_and_the_others_still_run(build: Path, tmp_lake: Settings) -> None:
    broken = replace(ZERO, unique_id="test.broken", sql="select * from build.marts.fct_ordre")
    found = {each.unique_id: each for each in run_tests(tmp_lake, build, 1, [broken, ZERO])}
    assert not found["test.broken"].is_ok
    assert "fct_ordre" in found["test.broken"].message
    assert found[ZERO.unique_id].failures == 2


def test_compiled_tests_are_kept_for_one_state_of_the_project(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert read_tests(folder, "one") is None
    keep_tests(folder, "one", [ZERO, CHILD])
    assert read_tests(folder, "one") == [ZERO, CHILD]
    assert read_tests(folder, "two") is None


def test_without_a_place_to_keep_them_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder", encoding="utf-8")
    keep_tests(tmp_path / "cache", "one", [ZERO])
    assert read_tests(tmp_path / "cache", "one") is None
