"""The comparison that proofs of «the same marts» rest on sees every kind of difference."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from lake.publication import Publication, point_to
from lake.settings import Settings
from tests.support.nights import differences

SQL = """
create schema marts;
create table marts.fct_t as
select * from (values (1, 'a', 'r1'), (1, 'a', 'r1'), (2, null, 'r1')) as t (id, name, _run_id)
"""


@pytest.fixture
def publish(tmp_path: Path) -> Callable[[str, str], Settings]:
    """Publishes what some SQL makes in a lake of that name."""

    def make(name: str, sql: str) -> Settings:
        settings = Settings(lake=tmp_path / name)
        settings.paths.published.mkdir(parents=True)
        with duckdb.connect(str(settings.paths.published / "p.duckdb")) as con:
            con.execute(sql)
        point_to(
            settings.paths,
            Publication("p", 1, date(2025, 1, 1), "night", "ok", datetime(2025, 1, 2), "r", "p.duckdb"),
        )
        return settings

    return make


def test_equal_marts_have_no_differences_whatever_the_run(publish: Callable[[str, str], Settings]) -> None:
    assert differences(publish("a", SQL), publish("b", SQL.replace("r1", "r2"))) == {}


@pytest.mark.parametrize(
    "change",
    [
        "delete from marts.fct_t where id = 2",
        "update marts.fct_t set name = 'b' where id = 2",
        "insert into marts.fct_t select * from marts.fct_t limit 1",
        "alter table marts.fct_t add column extra int",
        "alter table marts.fct_t alter id type double",
        "create table marts.fct_more as select 1 as id",
        "create schema ml; create table ml.ml_x_card as select 1 as id",
    ],
)
def test_any_difference_is_seen_from_both_sides(publish: Callable[[str, str], Settings], change: str) -> None:
    one, other = publish("a", SQL), publish("b", f"{SQL}; {change}")
    assert len(differences(one, other)) == 1
    assert len(differences(other, one)) == 1


def test_comparing_nothing_is_no_proof(publish: Callable[[str, str], Settings]) -> None:
    empty = "create schema marts; create table marts.fct_t (id int)"
    with pytest.raises(AssertionError, match="empty"):
        differences(publish("a", empty), publish("b", empty))
