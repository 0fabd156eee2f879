"""A lake with the tables of operations and history alone: made in a second, for tests without contracts."""

import pytest

import lake.tables
from lake.connection import connect_lake
from lake.contracts import load_contracts
from lake.settings import Settings
from lake.tables import OPERATIONS, SUPERSEDED, ensure_lake, raw_columns


def make_small_lake(settings: Settings, *contracts: str) -> Settings:
    """Create the lake of `settings` with operations, history and the raw tables of `contracts`."""
    tables = dict(OPERATIONS)
    for name in contracts:
        contract = load_contracts()[name]
        columns = raw_columns(contract)
        tables[f"raw.{contract.raw_table}"] = columns
        tables[f"history.{contract.raw_table}"] = columns | SUPERSEDED
    with pytest.MonkeyPatch.context() as patch, connect_lake(settings) as con:
        patch.setattr(lake.tables, "lake_tables", lambda: tables)
        ensure_lake(con)
    return settings
