"""The published file: one parameterised query at a time, cached by the publication it reads."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl
import streamlit as st

from cockpit.services.people import Person
from lake.publication import Publication, connect_publication
from lake.settings import Settings

# A page sends lists, not tables of millions: a query that would bring more is a mistake in the query.
MAX_ROWS = 50_000


class OutdatedPublicationError(Exception):
    """The publication was made by another version and lacks what a page reads."""

    def __init__(self, publication: str, missing: str) -> None:
        self.publication = publication
        self.missing = missing
        super().__init__(f"{publication}: {missing}")


@dataclass(frozen=True)
class Reader:
    """Reads one publication for one person; a new publication is a new reader, so no page mixes two.

    All queries of the cockpit pass here, and here it is known who asks: what a role may see is decided in
    this one place. Until there is a sign-in the person is only said, and nothing is withheld.
    """

    settings: Settings
    publication: Publication
    person: Person | None = None

    def rows(self, sql: str, *parameters: object) -> pl.DataFrame:
        """The result of a query, at most MAX_ROWS rows; do not change the frame."""
        file = str(self.settings.paths.published / self.publication.file_name)
        return _rows(file, self.publication.name, sql, parameters, self.settings)


# The same frame for every session, not a copy for each run: pages build new frames from it.
@st.cache_resource(show_spinner=False, max_entries=400)
def _rows(file: str, publication: str, sql: str, parameters: tuple, _settings: Settings) -> pl.DataFrame:
    try:
        with connect_publication(_settings, publication) as con:
            con.execute(f"set threads = {_settings.threads}")
            frame = con.execute(f"select * from ({sql}) limit {MAX_ROWS}", list(parameters)).pl()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise OutdatedPublicationError(publication, str(error).splitlines()[0]) from error
    # Pages round to three digits: decimals become floats once, here, and services calculate without mixing.
    return frame.with_columns(pl.selectors.decimal().cast(pl.Float64))
