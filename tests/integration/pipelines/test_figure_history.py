"""A tolerance is widened: a new line begins beside the old one, with its reason and its past.

No report of the past changes: the published files stay as they were, byte by byte.
"""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from lake.connection import connect_lake
from lake.figures import Figure, FigureVersion
from lake.publication import Publication, connect_publication
from lake.publishing import publish
from lake.settings import Settings
from pipelines.figure_history import keep_figures
from tests.support.small_lake import make_small_lake
from tests.support.supplier_company import OTIF, company, office
from tests.support.warehouse import Warehouse

WHY = {"zh": "合同放宽两天", "en": "the contract allows two days"}
FIRST = FigureVersion(1, dt.date(2025, 1, 1), OTIF.formula, {})
BEFORE = replace(OTIF, versions=(FIRST,))
AFTER = replace(
    OTIF,
    version=2,
    since_on=dt.date(2025, 10, 1),
    versions=(FIRST, FigureVersion(2, dt.date(2025, 10, 1), OTIF.formula, WHY)),
)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The supplier by the definition that ships: no tolerance."""
    return company(tmp_path_factory.mktemp("strict"))


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The same supplier by the company's own choice of two days."""
    return company(tmp_path_factory.mktemp("wide"), defaults={"otif_tolerance_days": 2})


def publish_day(
    settings: Settings, warehouse: Warehouse, figure: Figure, day: dt.date, hour: int = 20
) -> Path:
    """One publication of the build; the file it became."""
    name = f"night-{day}.{hour}"
    at = dt.datetime.combine(day, dt.time(hour))
    publication = Publication(name, 1, day, "night", "ok", at, f"run-{day}", f"{name}.duckdb")
    own = {name: float(value) for name, value in warehouse.defaults.items()}
    if not settings.paths.catalog.exists():
        make_small_lake(settings)
    with connect_lake(settings) as con:
        with office(warehouse, **own) as made:
            rows = made.rows([figure], publication)

        def record(writer: duckdb.DuckDBPyConnection) -> None:
            with duckdb.connect(str(warehouse.build_file), read_only=True) as build:
                keep_figures(writer, build, [figure], rows, publication)

        publish(settings, con, publication, warehouse.build_file, record)
    return settings.paths.published / publication.file_name


def test_a_companys_own_tolerance_changes_the_figure_and_nothing_else(
    strict: Warehouse, wide: Warehouse
) -> None:
    otif = "select line_no from marts.fct_purchase_line where is_otif order by line_no"
    assert [row[0] for row in strict.rows(otif)] == [1, 2, 3, 4, 9]
    assert [row[0] for row in wide.rows(otif)] == [1, 2, 3, 4, 5, 9]
    others = "from marts.figure_default where name <> 'otif_tolerance_days' order by name"
    assert wide.rows(others) == strict.rows(others)


def test_a_widened_tolerance_draws_a_second_line_with_a_dated_note(
    tmp_lake: Settings, strict: Warehouse, wide: Warehouse
) -> None:
    september = publish_day(tmp_lake, strict, BEFORE, dt.date(2025, 9, 30))
    before = hashlib.sha256(september.read_bytes()).hexdigest()
    publish_day(tmp_lake, wide, AFTER, dt.date(2025, 10, 1))

    with connect_publication(tmp_lake) as con:
        lines = con.execute(
            "select version, as_of_on::varchar, round(value, 4), n, is_back_computed"
            " from ops.figure_value order by version, as_of_on"
        ).fetchall()
        notes = con.execute(
            "select version, first_as_of_on::varchar, why_en, defaults"
            " from ops.figure_version order by version"
        ).fetchall()
    assert lines == [
        (1, "2025-09-30", 0.5556, 9, False),
        (2, "2025-03-31", 1.0, 2, True),
        (2, "2025-04-30", 1.0, 5, True),
        (2, "2025-05-31", 0.625, 8, True),
        (2, "2025-06-30", 0.6667, 9, True),
        (2, "2025-10-01", 0.6667, 9, False),
    ]
    assert notes == [
        (1, "2025-09-30", None, "{}"),
        (2, "2025-10-01", "the contract allows two days", '{"otif_tolerance_days": 2.0}'),
    ]
    assert hashlib.sha256(september.read_bytes()).hexdigest() == before


def test_the_same_version_goes_on_in_one_line_and_a_repeated_day_says_what_was_said_last(
    tmp_lake: Settings, strict: Warehouse, wide: Warehouse
) -> None:
    publish_day(tmp_lake, strict, BEFORE, dt.date(2025, 9, 29))
    publish_day(tmp_lake, strict, BEFORE, dt.date(2025, 9, 30))
    publish_day(tmp_lake, wide, BEFORE, dt.date(2025, 9, 30), hour=22)
    with connect_publication(tmp_lake) as con:
        lines = con.execute("select version, as_of_on::varchar, round(value, 4) from ops.figure_value")
        assert lines.fetchall() == [(1, "2025-09-29", 0.5556), (1, "2025-09-30", 0.6667)]
