"""Keys of readings are looked through from the first moment that anything came for; that misses none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

#: The night before tested what was loaded up to this hour.
CHECKED = 10
Reading = tuple[str, int | None, int]
devices, moments = st.sampled_from("AB"), st.integers(min_value=0, max_value=6)
old = st.lists(
    st.tuples(devices, moments, st.integers(min_value=1, max_value=CHECKED)),
    unique_by=lambda reading: reading[:2],
)
new = st.lists(
    st.tuples(devices, st.none() | moments, st.integers(min_value=CHECKED + 1, max_value=20)), max_size=6
)


@pytest.fixture(scope="module")
def broken(project_root: Path) -> Callable[..., int]:
    """How many keys a test finds broken: among these rows, by these arguments, checked up to this hour."""
    text = (project_root / "dbt_project" / "macros" / "tests.sql").read_text(encoding="utf-8")
    start = text.index("{% test unique_key")
    source = (
        text[start : text.index("{% endtest %}", start)].replace("{% test", "{% macro") + "{% endmacro %}"
    )
    template = jinja2.Environment(autoescape=False).from_string(
        source, {"source": lambda *_: "build_context"}
    )
    con = duckdb.connect()
    con.execute("create table reading (device varchar, moment int, loaded_at timestamp)")
    con.execute("create table build_context (checked_until_at timestamp)")

    def count(rows: list[Reading], checked: int | None, **arguments: str) -> int:
        con.execute("delete from reading")
        con.execute("delete from build_context")
        con.execute("insert into build_context select timestamp '2025-01-01' + to_hours(?)", [checked])
        for row in rows:
            con.execute("insert into reading select ?, ?, timestamp '2025-01-01' + to_hours(?)", list(row))
        return len(
            con.execute(template.module.unique_key("reading", ["device", "moment"], **arguments)).fetchall()
        )

    return count


@given(old=old, new=new)
def test_what_came_since_is_found_whatever_it_meets(broken, old, new):
    rows = [*old, *new]
    since = broken(rows, CHECKED, loaded_at="loaded_at", moment="moment")
    assert since == broken(rows, CHECKED)


@given(rows=new)
def test_where_nothing_is_checked_all_is(broken, rows):
    assert broken(rows, None, loaded_at="loaded_at", moment="moment") == broken(rows, None)


def test_what_was_checked_is_not_gone_through_again(broken):
    twice = [("A", 1, 1), ("A", 1, 2), ("B", 5, CHECKED + 1)]
    assert broken(twice, CHECKED) == 1
    assert broken(twice, CHECKED, loaded_at="loaded_at", moment="moment") == 0
