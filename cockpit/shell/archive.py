"""Earlier published states beside the one that is shown: which can still be read, and reading them."""

from __future__ import annotations

from cockpit.repositories import changes as records
from cockpit.repositories.published import Reader
from cockpit.shell.session import View
from lake.publication import Publication


def readable(reader: Reader) -> list[Publication]:
    """The states whose file is still there, newest first, as the publication of `reader` lists them."""
    known = [Publication(**row) for row in records.publications(reader).iter_rows(named=True)]
    folder = reader.settings.paths.published
    return [each for each in known if (folder / each.file_name).exists()]


def reader_of(view: View, publication: Publication) -> Reader:
    """Reads another state for the same person."""
    return Reader(view.settings, publication, view.person)
