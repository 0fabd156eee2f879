"""The passport of a figure from the published file: the same that `gantry explain` tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from cockpit.repositories.published import OutdatedPublicationError, Reader
from lake.figures import find_figure, read_figures
from lake.figures.explain import Explanation, explain
from lake.publication import connect_publication


def passport(
    reader: Reader,
    figure_id: str,
    filters: Mapping[str, str] | None = None,
    *,
    rows: int = 0,
    language: str | None = None,
) -> Explanation:
    """Everything behind a figure under a filter; FigureError when one of the two is not registered."""
    name = reader.publication.name
    try:
        with connect_publication(reader.settings, name) as con:
            figure = find_figure(read_figures(con), figure_id, language)
            return explain(con, figure, filters, rows=rows, language=language)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise OutdatedPublicationError(name, str(error).splitlines()[0]) from error


def figure_run(reader: Reader, figure_id: str) -> dict[str, Any] | None:
    """The passport that the night wrote of a figure over all its rows; None when it wrote none."""
    frame = reader.rows(
        """
        select figure_id, version, publication_name, run_id, as_of_on, value, n, status_code, message, sql,
            upstream_columns, sources, checks_passed, failed_checks, quarantined, bound_code, bound_low,
            bound_high, own_defaults
        from ops.figure_run
        where figure_id = ?
        limit 1
        """,
        figure_id,
    )
    return frame.row(0, named=True) if frame.height else None


def model_sql(reader: Reader, model: str) -> str | None:
    """The SQL that made a model, as dbt compiled it; None in a publication that does not hold it."""
    has_models = reader.rows(
        "select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'model'"
    )
    if has_models.is_empty():
        return None
    frame = reader.rows("select compiled_sql from ops.model where model_name = ?", model)
    return frame["compiled_sql"][0] if frame.height else None


def reporting_currency(reader: Reader) -> str | None:
    """The currency in which the marts tell money; None while there are no months."""
    frame = reader.rows("select any_value(currency_code) as currency_code from marts.mart_overview_month")
    return frame["currency_code"][0]
