"""What two publications say of all figures and of all projects; each is asked of both."""

from __future__ import annotations

import datetime as dt

import duckdb
import polars as pl
import streamlit as st

from cockpit.repositories.published import OutdatedPublicationError, Reader
from lake.figures import Figure, read_figures
from lake.publication import Publication, connect_publication
from lake.settings import Settings

#: The filter whose column is the month that a counted row belongs to.
MONTH = "month"
PAST = pl.Schema({"figure_id": pl.String, "past_value": pl.Float64, "past_n": pl.Int64})


def figure_runs(reader: Reader) -> pl.DataFrame:
    """One row a figure over all its rows: value, rows counted, and by which definition."""
    return reader.rows(
        """
        select figure_id, version, value, n, own_defaults
        from ops.figure_run
        order by figure_id
        """
    )


def figures_before(reader: Reader, before_on: dt.date) -> pl.DataFrame:
    """The figures that are counted by month, over the months before a date alone; schema PAST, by id.

    A figure whose definition the publication's tables do not carry is left out.
    """
    file = str(reader.settings.paths.published / reader.publication.file_name)
    return _before(file, reader.publication, before_on, reader.settings)


@st.cache_data(show_spinner=False, max_entries=20)
def _before(file: str, publication: Publication, before_on: dt.date, _settings: Settings) -> pl.DataFrame:
    try:
        with connect_publication(_settings, publication.name) as con:
            con.execute(f"set threads = {_settings.threads}")
            rows = [
                row
                for figure in read_figures(con).values()
                if figure.of and MONTH in figure.of.filters
                for row in _of_figure(con, figure, figure.of.filters[MONTH], before_on)
            ]
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise OutdatedPublicationError(publication.name, str(error).splitlines()[0]) from error
    return pl.DataFrame(rows, schema=PAST, orient="row")


def _of_figure(
    con: duckdb.DuckDBPyConnection, figure: Figure, month: str, before_on: dt.date
) -> list[tuple[str, float | None, int]]:
    conditions = " and ".join([*figure.conditions(), f'"{month}" < $before_on'])
    assert figure.of is not None, "only aggregates have a month"
    sql = (
        f"select try_cast(value as double), n from"
        f" (select {figure.value_columns()} from {figure.of.relation} where {conditions})"
    )
    try:
        return [(figure.figure_id, *row) for row in con.execute(sql, {"before_on": before_on}).fetchall()]
    except (duckdb.CatalogException, duckdb.BinderException):
        # One definition that names a column this file lacks must not cost the others theirs.
        return []


def projects(reader: Reader) -> pl.DataFrame:
    """One row a project: planned and forecast finish, health, budget and contract amount."""
    return reader.rows(
        """
        select project.project_id, coalesce(project.name, project.project_id) as project_name,
            coalesce(health.planned_finish_on, project.planned_finish_on) as planned_finish_on,
            health.finish_p80_on, project.finished_on, health.health_score, cash.budget_amount
        from marts.dim_project as project
        left join marts.mart_project_health as health using (project_id)
        left join marts.mart_project_cash as cash using (project_id)
        order by project.project_id
        """
    )
