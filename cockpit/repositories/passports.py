"""The passport of a figure from the published file: the same that `gantry explain` tells."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit.repositories.published import Reader
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
    with connect_publication(reader.settings, reader.publication.name) as con:
        figure = find_figure(read_figures(con), figure_id, language)
        return explain(con, figure, filters, rows=rows, language=language)
