"""Reading and ordering contracts: what a broken file is told."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from lake.contracts import Contract, ContractError, contract
from lake.contracts.catalog import FOLDER, order_contracts
from lake.contracts.reading import parse_contract, read_contract


@pytest.fixture
def document() -> dict[str, Any]:
    return yaml.safe_load((FOLDER / "erp__receipts.odcs.yaml").read_text(encoding="utf-8"))


def build(name: str, *parents: str, deferred: bool = False) -> Contract:
    """A contract with one key and a column for each parent."""
    source, entities = name.split("__")
    label = [{"property": key, "value": {"zh": "甲", "en": "A"}} for key in ("label", "meaning")]
    columns: list[dict[str, Any]] = [{"name": "id", "primaryKey": True, "primaryKeyPosition": 1}]
    for parent in parents:
        to = f"{parent}.odcs.yaml#{parent.split('__')[1]}.id"
        mark = [{"property": "deferred", "value": deferred}]
        columns.append({"name": f"to_{parent}", "relationships": [{"to": to, "customProperties": mark}]})
    for column in columns:
        column |= {"physicalType": "VARCHAR", "customProperties": label}
    table = {"name": entities, "properties": columns, "customProperties": label}
    return parse_contract({"name": name, "domain": source, "version": "1.0.0", "schema": [table]})


def test_a_contract_is_read_whole() -> None:
    receipts = contract("erp__receipts")
    assert receipts.raw_table == "raw_erp__receipts"
    assert (receipts.source, receipts.entities, receipts.key) == ("erp", "receipts", ("receipt_id",))
    composite = next(r for r in receipts.references if r.table == "erp__purchase_lines")
    assert composite.columns == composite.to_columns == ("purchase_order_id", "line_no")
    assert receipts.rules[0].sql == "quantity_accepted + quantity_rejected <= quantity_received"
    assert receipts.column("quantity_received").minimum == 0


def test_an_unknown_contract_and_column_name_the_known_ones() -> None:
    with pytest.raises(KeyError, match="crm__customers"):
        contract("sap__customers")
    with pytest.raises(KeyError, match="receipt_id"):
        contract("erp__receipts").column("nothing")


def test_parents_come_first_whatever_the_names() -> None:
    ordered = order_contracts([build("erp__a", "erp__z"), build("erp__z", "crm__m"), build("crm__m")])
    assert list(ordered) == ["crm__m", "erp__z", "erp__a"]


def test_a_self_reference_binds_nothing() -> None:
    assert list(order_contracts([build("erp__a", "erp__a")])) == ["erp__a"]


def test_a_circle_is_named() -> None:
    circle = [build("erp__a", "erp__b"), build("erp__b", "erp__c"), build("erp__c", "erp__a")]
    with pytest.raises(ContractError, match=r"circle: erp__\w → erp__\w → erp__\w → erp__\w"):
        order_contracts(circle)


def test_a_later_domain_needs_a_deferred_reference() -> None:
    with pytest.raises(ContractError, match="deferred"):
        order_contracts([build("crm__a", "erp__b"), build("erp__b")])
    ordered = order_contracts([build("crm__a", "erp__b", deferred=True), build("erp__b")])
    assert ordered["crm__a"].references[0].is_deferred
    assert list(ordered) == ["erp__b", "crm__a"]


def test_a_table_that_others_need_keeps_its_place_though_it_waits() -> None:
    waiting = build("crm__a", "erp__b", deferred=True)
    ordered = order_contracts([waiting, build("crm__z", "crm__a"), build("erp__b")])
    assert list(ordered) == ["crm__a", "crm__z", "erp__b"]


def test_a_reference_into_nothing_is_told() -> None:
    with pytest.raises(ContractError, match="crm__nothing, which has no contract"):
        order_contracts([build("erp__a", "crm__nothing")])


def test_an_unknown_domain_is_told() -> None:
    with pytest.raises(ContractError, match="sap__a: the domain must be one of ref, crm"):
        order_contracts([build("sap__a")])


def _drop_key(doc: dict[str, Any]) -> None:
    for prop in doc["schema"][0]["properties"]:
        prop.pop("primaryKey", None)


def _break_rule(doc: dict[str, Any]) -> None:
    doc["schema"][0]["quality"][0]["query"] = "SELECT 1"


def _drop_label(doc: dict[str, Any]) -> None:
    doc["schema"][0]["customProperties"] = []


def _unknown_metric(doc: dict[str, Any]) -> None:
    doc["schema"][0]["properties"][0]["quality"] = [{"metric": "rowCount", "mustBe": 0}]


def _unknown_class(doc: dict[str, Any]) -> None:
    doc["schema"][0]["properties"][0]["classification"] = "secret"


def _bad_target(doc: dict[str, Any]) -> None:
    doc["schema"][0]["properties"][3]["relationships"][0]["to"] = "suppliers"


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_drop_key, "no primaryKey"),
        (_break_rule, "WHERE NOT"),
        (_drop_label, "'label' is missing"),
        (_unknown_metric, "invalidValues"),
        (_unknown_class, "'secret'"),
        (_bad_target, "must read"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(
    document: dict[str, Any], harm: Any, told: str, tmp_path: Path
) -> None:
    broken = copy.deepcopy(document)
    harm(broken)
    file = tmp_path / "erp__receipts.odcs.yaml"
    file.write_text(yaml.safe_dump(broken, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ContractError, match=told) as raised:
        read_contract(file)
    assert "erp__receipts.odcs.yaml" in str(raised.value)


def test_broken_yaml_is_told_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "erp__x.odcs.yaml"
    file.write_text("name: [", encoding="utf-8")
    with pytest.raises(ContractError, match=r"erp__x\.odcs\.yaml: not valid YAML"):
        read_contract(file)
