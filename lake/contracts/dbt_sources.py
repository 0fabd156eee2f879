"""dbt sources from the contracts: one file a domain, so that models and lineage know the raw tables.

``python -m lake.contracts.dbt_sources`` writes ``dbt_project/models/sources/_<domain>.yml``. There are no
dbt tests on sources: the door has already held every rule of the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from lake.contracts.catalog import load_contracts
from lake.contracts.model import DOMAINS, SYSTEM_COLUMNS, Contract

FOLDER = Path(__file__).parents[2] / "dbt_project" / "models" / "sources"

_HEAD = "# Generated from lake/contracts, not edited by hand: python -m lake.contracts.dbt_sources\n"

_SYSTEM_MEANING = {
    "_source_file": "File the row came from",
    "_source_row": "Number of the row in its file",
    "_run_id": "Run that loaded this version of the row",
    "_loaded_at": "When this version was loaded (UTC)",
}


def render_sources(contracts: Iterable[Contract] | None = None) -> dict[str, str]:
    """File name → YAML text, one file a domain that has contracts."""
    chosen = list(load_contracts().values() if contracts is None else contracts)
    files = {}
    for domain in DOMAINS:
        tables = [_table(item) for item in chosen if item.source == domain]
        if tables:
            source = {"name": domain, "database": "lake", "schema": "raw", "tables": tables}
            body = yaml.dump(
                {"version": 2, "sources": [source]}, allow_unicode=True, sort_keys=False, width=4096
            )
            files[f"_{domain}.yml"] = _HEAD + body
    return files


def _table(item: Contract) -> dict[str, object]:
    return {
        "name": item.raw_table,
        "description": f"{item.meaning['en']}. {item.meaning['zh']}。",
        # Dagster joins the door's asset and the models on this key.
        "config": {"meta": {"dagster": {"asset_key": [item.raw_table]}}},
        "columns": [*_columns(item)],
    }


def _columns(item: Contract) -> Iterator[dict[str, str]]:
    for column in item.columns:
        meaning = f"{column.meaning['en']}. {column.meaning['zh']}。"
        if column.is_personal:
            yield {
                "name": column.name,
                "description": f"{meaning} Encrypted at the door.",
                "data_type": "varchar",
            }
            yield {
                "name": f"{column.name}_token",
                "description": f"Deterministic token of {column.name}, for joins.",
                "data_type": "varchar",
            }
        else:
            yield {"name": column.name, "description": meaning, "data_type": column.type.lower()}
    for name, type_ in SYSTEM_COLUMNS.items():
        yield {"name": name, "description": f"{_SYSTEM_MEANING[name]}.", "data_type": type_.lower()}


def write_sources(folder: Path = FOLDER) -> list[Path]:
    """Write all source files into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in render_sources().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


if __name__ == "__main__":
    write_sources()
