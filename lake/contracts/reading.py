"""Reading one ``*.odcs.yaml`` file into a Contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from lake.contracts.model import CLASSIFICATIONS, Column, Contract, Reference, Rule

# libyaml is several times faster, and every start of the command reads all contracts.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_RULE_QUERY = re.compile(r"\s*SELECT count\(\*\) FROM \$\{table\} WHERE NOT \((?P<sql>.*)\)\s*", re.S)
_TARGET = re.compile(
    r"(?:(?P<file>[a-z]+__[a-z_]+)\.odcs\.yaml#)?(?P<entities>[a-z_]+)\.(?P<column>[a-z_0-9]+)"
)


class ContractError(ValueError):
    """A contract file that cannot be used; the message names file, place and remedy."""


def read_contract(path: Path) -> Contract:
    """Read one contract file. Raises ContractError for broken YAML or a missing part."""
    try:
        document = yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise ContractError(f"{path.name}: not valid YAML: {error}") from error
    try:
        return parse_contract(document)
    except KeyError as error:
        raise ContractError(
            f"{path.name}: {error.args[0]!r} is missing; see a neighbouring contract"
        ) from error
    except (ContractError, TypeError, ValueError) as error:
        raise ContractError(f"{path.name}: {error}") from error


def parse_contract(document: dict[str, Any]) -> Contract:
    """Turn one ODCS document with exactly one schema object into a Contract."""
    if len(document["schema"]) != 1:
        raise ContractError("schema: one table a file, please; split the file")
    table = document["schema"][0]
    source = document["domain"]
    if document["name"] != f"{source}__{table['name']}":
        raise ContractError(f"name {document['name']!r} must be <domain>__<schema name>")
    properties = table["properties"]
    texts = _custom(table)
    return Contract(
        name=document["name"],
        version=document["version"],
        key=_key(properties),
        columns=tuple(_column(prop) for prop in properties),
        references=tuple(_references(source, table)),
        rules=tuple(_rule(quality) for quality in table.get("quality", ())),
        label=texts["label"],
        meaning=texts["meaning"],
    )


def _custom(element: dict[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in element.get("customProperties", ())}


def _key(properties: list[dict[str, Any]]) -> tuple[str, ...]:
    positions = {p["primaryKeyPosition"]: p["name"] for p in properties if p.get("primaryKey")}
    if not positions:
        raise ContractError("no primaryKey: mark the columns that identify a row")
    return tuple(positions[position] for position in sorted(positions))


def _column(prop: dict[str, Any]) -> Column:
    texts = _custom(prop)
    allowed = _allowed_values(prop)
    classification = prop.get("classification", "internal")
    if classification not in CLASSIFICATIONS:
        raise ContractError(
            f"{prop['name']}: classification {classification!r}; use one of {CLASSIFICATIONS}"
        )
    return Column(
        name=prop["name"],
        type=prop["physicalType"],
        unit=texts.get("unit"),
        is_required=bool(prop.get("required", False)),
        vocabulary=tuple(allowed.get("validValues", ())),
        minimum=allowed.get("minimum"),
        maximum=allowed.get("maximum"),
        pattern=allowed.get("pattern"),
        classification=classification,
        label=texts["label"],
        meaning=texts["meaning"],
    )


def _allowed_values(prop: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for quality in prop.get("quality", ()):
        if quality.get("metric") != "invalidValues" or quality.get("mustBe") != 0:
            raise ContractError(
                f"{prop['name']}: only «metric: invalidValues, mustBe: 0» is understood in quality"
            )
        merged.update(quality["arguments"])
    return merged


def _references(source: str, table: dict[str, Any]) -> list[Reference]:
    found = []
    for prop in table["properties"]:
        for relation in prop.get("relationships", ()):
            found.append(_reference(source, (prop["name"],), (relation["to"],), relation))
    for relation in table.get("relationships", ()):
        columns = tuple(name.rpartition(".")[2] for name in relation["from"])
        found.append(_reference(source, columns, tuple(relation["to"]), relation))
    return found


def _reference(
    source: str, columns: tuple[str, ...], targets: tuple[str, ...], relation: dict[str, Any]
) -> Reference:
    matches = [_TARGET.fullmatch(target) for target in targets]
    if not all(matches):
        raise ContractError(f"relationships: {targets} must read <table>.odcs.yaml#<entities>.<column>")
    tables = {match["file"] or f"{source}__{match['entities']}" for match in matches if match}
    if len(tables) != 1 or len(columns) != len(targets):
        raise ContractError(
            f"relationships: {columns} → {targets} must be one table and equally many columns"
        )
    to_columns = tuple(match["column"] for match in matches if match)
    return Reference(columns, tables.pop(), to_columns, bool(_custom(relation).get("deferred", False)))


def _rule(quality: dict[str, Any]) -> Rule:
    match = _RULE_QUERY.fullmatch(quality["query"])
    if match is None:
        raise ContractError(f"rule {quality['name']}: write «SELECT count(*) FROM ${{table}} WHERE NOT (…)»")
    return Rule(quality["name"], match["sql"], _custom(quality)["message"])
