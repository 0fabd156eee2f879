"""Every connector keeps the contract of company.yml: what it takes and refuses, where secrets may stand."""

from typing import Any

import jsonschema
import pytest

from ingest.live import LIVE_CONNECTORS
from ingest.mapping_check import company_schema
from ingest.sources.base import Fetcher, Reader
from ingest.sources.registry import FETCHERS, READERS, fetcher_of, reader_of

SMALLEST: dict[str, dict[str, Any]] = {
    "csv": {"path": "${DATA}/a.csv"},
    "excel": {"path": "${DATA}/a.xlsx"},
    "parquet": {"path": "${DATA}/a.parquet"},
    "jsonl": {"path": "${DATA}/a.jsonl"},
    "odata": {"url": "${CRM_URL}/Customers"},
    "rest": {"url": "${CRM_URL}/customers"},
    "sql": {"url": "${ERP_URL}", "table": "orders"},
}
SECRETS = {"odata": ("token", "password"), "rest": ("token", "password"), "sql": ()}


def problems(source: dict[str, Any] | None = None, **more: Any) -> list[str]:
    """What the schema says against a company of one source."""
    company = {
        "name": {"zh": "测试", "en": "A test"},
        "time_zone": "UTC",
        "reporting_currency": "CNY",
        "tables": {},
        **({"sources": {"s": source}} if source else {}),
        **more,
    }
    return [error.message for error in jsonschema.Draft202012Validator(company_schema()).iter_errors(company)]


def test_the_schema_and_the_registry_name_the_same_connectors() -> None:
    named = company_schema()["$defs"]["source"]["properties"]["connector"]["enum"]
    assert set(named) == set(SMALLEST) == set(READERS) | set(FETCHERS)
    assert set(FETCHERS) == set(LIVE_CONNECTORS)


@pytest.mark.parametrize("connector", SMALLEST)
def test_a_connector_takes_its_smallest_form_and_nothing_unknown(connector: str) -> None:
    source = {"connector": connector, **SMALLEST[connector]}
    assert problems(source) == []
    assert problems({**source, "colour": "red"})
    for name in SMALLEST[connector]:
        assert problems({key: value for key, value in source.items() if key != name})


@pytest.mark.parametrize("connector", SMALLEST)
def test_a_connector_can_be_read_and_a_live_one_fetched(connector: str) -> None:
    reader, fetcher = reader_of(connector), fetcher_of(connector)
    assert all(callable(getattr(reader, name)) for name in vars(Reader) if not name.startswith("_"))
    assert (fetcher is not None) == (connector in LIVE_CONNECTORS)
    if fetcher is not None:
        assert all(callable(getattr(fetcher, name)) for name in vars(Fetcher) if not name.startswith("_"))


@pytest.mark.parametrize("connector", SECRETS)
def test_secrets_are_named_and_not_written(connector: str) -> None:
    source = {"connector": connector, **SMALLEST[connector]}
    for name in SECRETS[connector]:
        assert problems({**source, name: "${SECRET}"}) == []
        assert problems({**source, name: "hunter2"})


def test_actions_go_to_a_folder_or_to_an_address() -> None:
    assert problems(outbound={"folder": "../erp"}) == []
    assert problems(outbound={"url": "${ERP_URL}/actions", "token": "${ERP_TOKEN}"}) == []
    assert problems(outbound={"url": "${ERP_URL}/actions", "token": "hunter2"})
    assert problems(outbound={"folder": "../erp", "url": "${ERP_URL}"})
    assert problems(outbound={"folder": "../erp", "token": "${ERP_TOKEN}"})
    assert problems(outbound={})
