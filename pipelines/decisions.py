"""What people decided, on its way into the lake: the action store as one more source of the company."""

from contextlib import closing
from dataclasses import replace

from actions.export import DATE_CHANGES, write_date_changes
from actions.store import ActionStore
from ingest.company import ColumnMap, Company, Feed, Source, TableMap
from lake.settings import Settings

ACTION_SOURCE = "action_store"
ACTION_TABLE = "projects__date_changes"


def with_decisions(company: Company, settings: Settings) -> Company:
    """`company` with its action store's re-plans, written to the landing folder, as a feed beside its own.

    A store without actions changes nothing, so a company that has never decided anything has no such file.
    """
    path = settings.paths.landing / "actions" / "date_changes.parquet"
    with closing(ActionStore.open(settings)) as store:
        if not write_date_changes(store, path):
            return company
    source = Source(ACTION_SOURCE, "parquet", (str(path),), (settings.paths.landing,))
    feed = Feed(source, tuple(ColumnMap(name, column=name) for name in DATE_CHANGES.names()))
    table = company.tables.get(ACTION_TABLE) or TableMap(ACTION_TABLE, ())
    widened = replace(table, feeds=(*table.feeds, feed), definition=f"{table.definition} + {ACTION_SOURCE}")
    return replace(company, tables={**company.tables, ACTION_TABLE: widened})
