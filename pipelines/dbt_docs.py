"""dbt's documentation site as one file that needs no network: models, columns, SQL, tests, lineage.

dbt itself would open the lake and ask it for every column; all that the site shows stands in the manifest, in
the last good build and in the contracts, so it is put together from these.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from lake.contracts import Contract, load_contracts
from lake.settings import Settings
from lake.tables import raw_columns
from pipelines.build_file import GOOD
from pipelines.dbt_runs import DbtProject
from pipelines.passports import compiled_models

SITE = "index.html"
MANIFEST_MARK, CATALOG_MARK = '"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"'
STAGED = "stg_"
#: Where the site would tell its maker what is read, if it were asked to: it is not, and could not.
TOLD_TO = ("fishtownanalytics.sinter-collect.com", "//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js")


def write_docs(settings: Settings, project: DbtProject, folder: Path | None = None) -> Path:
    """Write the site for a lake into `folder` (unset: the lake's own) and return its file.

    Columns and their types come from the last good build; before the first, from the contracts alone.
    """
    manifest = documented(project.manifest_json, compiled_models(project.manifest_json, project.target))
    catalog = catalog_of(manifest, _columns(settings.paths.build / GOOD))
    target = folder / SITE if folder else settings.paths.docs
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_text(_page(manifest, catalog), encoding="utf-8")
    return draft.replace(target)


def documented(manifest: Mapping[str, Any], compiled: Mapping[str, str]) -> dict[str, Any]:
    """The manifest with compiled SQL, and with the contracts' words for columns that a view only hands on."""
    contracts = load_contracts()
    nodes = {}
    for key, node in manifest["nodes"].items():
        changed = dict(node)
        if node["name"] in compiled:
            changed["compiled_code"] = compiled[node["name"]]
        contract = contracts.get(node["name"].removeprefix(STAGED))
        if node["name"].startswith(STAGED) and contract:
            changed["columns"] = _described(contract) | _said(node["columns"], _described(contract))
        nodes[key] = changed
    metadata = manifest["metadata"] | {"send_anonymous_usage_stats": False, "user_id": None}
    return dict(manifest) | {"nodes": nodes, "metadata": metadata}


def catalog_of(manifest: Mapping[str, Any], columns: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Dbt's catalogue: the columns that tables really have, by bare table name in `columns`."""
    found = {
        kind: {
            key: _entry(key, node, columns[node["name"]])
            for key, node in manifest[kind].items()
            if node["name"] in columns
        }
        for kind in ("nodes", "sources")
    }
    return {"metadata": manifest["metadata"], **found, "errors": None}


def _entry(key: str, node: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    return {
        "unique_id": key,
        "metadata": {
            "type": str(node.get("config", {}).get("materialized") or "table"),
            "database": node.get("database"),
            "schema": node.get("schema"),
            "name": node["name"],
            "comment": None,
            "owner": None,
        },
        "columns": {
            name: {"name": name, "type": kind, "index": position, "comment": None}
            for position, (name, kind) in enumerate(columns.items(), start=1)
        },
        "stats": {},
    }


def _described(contract: Contract) -> dict[str, dict[str, Any]]:
    """The contract's columns as the manifest has columns, in both languages."""
    return {
        column.name: {
            "name": column.name,
            "description": " · ".join((column.meaning["zh"], column.meaning["en"])),
            "data_type": column.type,
            "meta": {},
            "tags": [],
        }
        for column in contract.columns
    }


def _said(
    own: Mapping[str, Mapping[str, Any]], described: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What the project's YAML says of a column goes before the contract's words."""
    return {
        name: dict(described.get(name, {})) | {key: value for key, value in column.items() if value}
        for name, column in own.items()
    }


def _columns(build: Path) -> dict[str, dict[str, str]]:
    """Columns and types by table: raw ones by contract, the others as they were built."""
    found = {contract.raw_table: raw_columns(contract) for contract in load_contracts().values()}
    if not build.exists():
        return found
    with duckdb.connect(str(build), read_only=True) as con:
        for table, column, kind in con.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
            " order by table_name, column_index"
        ).fetchall():
            found.setdefault(table, {})[column] = kind
    return found


def _page(manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> str:
    page = (files("dbt.task.docs") / SITE).read_text(encoding="utf-8")
    for address in TOLD_TO:
        page = page.replace(address, "")
    for mark, content in ((MANIFEST_MARK, manifest), (CATALOG_MARK, catalog)):
        if mark not in page:
            raise RuntimeError("dbt's documentation page has no place for its data any more")
        # A closing tag within a description must not end the script that holds it.
        page = page.replace(mark, json.dumps(content, ensure_ascii=False).replace("</", "<\\/"))
    return page
