"""Live sources: what company.yml may say, the first page's address, rows as columns, waits between tries."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import requests

from ingest.company import Company, load_company
from ingest.landing import kind_of
from ingest.live import Live, filled
from ingest.problems import MappingError, SourceError
from ingest.sources.web_pages import batch_of, request_of

HEAD = "name: {zh: 甲, en: A}\ntime_zone: UTC\nreporting_currency: CNY\nsources:\n"
TABLES = "tables:\n  crm__customers: {from: s, columns: {customer_id: id, name: name}%s}\n"
ODATA = "connector: odata, url: '${CRM_URL}/x'"
SQL = "connector: sql, url: '${ERP_URL}', table: t"


def company(folder: Path, source: str, feed: str = "") -> Company:
    (folder / "company.yml").write_text(f"{HEAD}  s: {{{source}}}\n{TABLES % feed}", encoding="utf-8")
    return load_company(folder, language="en")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (f"{ODATA}, token: abc-123", "token holds a secret"),
        (f"{ODATA}, user: me, password: abc-123", "password holds a secret"),
        (
            f"{ODATA}, oauth: {{url: 'https://a/t', client_id: c, client_secret: abc-123}}",
            "client_secret holds a secret",
        ),
        ("connector: sql, url: 'postgresql://me:abc-123@host/db', table: t", "url holds a secret"),
        (f"{ODATA}, overlap: 2 hours", "overlap"),
        (f"{ODATA}, table: t", "no key «table»"),
        ("connector: sql, url: '${ERP_URL}'", "«table» is missing"),
        ("connector: rest, url: 'https://a', cursor: at", "since"),
        ("connector: soap, url: 'https://a'", "odata"),
        ("connector: csv", "«path» is missing"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, source: str, told: str) -> None:
    with pytest.raises(MappingError) as caught:
        company(tmp_path, source)
    [problem] = caught.value.problems
    assert problem.line == 5
    assert told in str(problem)
    assert "abc-123" not in str(problem)
    assert problem.instead


def test_deletions_need_a_key_of_the_source(tmp_path: Path) -> None:
    feed = ", key: [id, n], occurrence: n"
    with pytest.raises(MappingError, match="occurrence"):
        company(tmp_path, f"{SQL}, cursor: at, deleted: gone", feed)


def test_a_password_may_be_named_in_an_address(tmp_path: Path) -> None:
    made = company(tmp_path, "connector: sql, url: 'postgresql://me:${ERP_PASSWORD}@host/db', table: t")
    live = made.sources["s"].live
    assert live is not None
    assert filled(live.url, "s", {"ERP_PASSWORD": "x"}) == "postgresql://me:x@host/db"
    with pytest.raises(SourceError, match="ERP_PASSWORD"):
        filled(live.url, "s", {"ERP_PASSWORD": ""})


def test_a_cursor_makes_the_table_a_delta_and_the_latest_state_win(tmp_path: Path) -> None:
    table = company(tmp_path, f"{SQL}, cursor: at").tables["crm__customers"]
    assert (table.extract, table.feeds[0].latest_by) == ("delta", "at")
    whole = company(tmp_path, SQL).tables["crm__customers"]
    assert (whole.extract, whole.feeds[0].latest_by) == ("full", None)
    assert whole.mapping_hash != table.mapping_hash


def test_another_address_or_token_needs_no_new_reading(tmp_path: Path) -> None:
    one = company(tmp_path, f"{ODATA}, token: '${{A}}', overlap: 1h").tables["crm__customers"]
    other = company(tmp_path, "connector: odata, url: 'https://b/x', token: '${B}', overlap: 2h")
    assert other.tables["crm__customers"].mapping_hash == one.mapping_hash
    raised = company(tmp_path, f"{ODATA}, token: '${{A}}', version: 2").tables["crm__customers"]
    assert raised.mapping_hash != one.mapping_hash


def test_the_first_page_asks_for_news_in_the_order_of_change() -> None:
    live = Live("", cursor="modified_at", overlap="2h")
    address, params = request_of("odata", live, "https://crm/odata/accounts", "2025-09-29T12:00:00Z")
    assert address == "https://crm/odata/accounts"
    assert params == {"$filter": "modified_at ge 2025-09-29T10:00:00Z", "$orderby": "modified_at"}
    assert request_of("odata", live, "https://crm/a", None)[1] == {"$orderby": "modified_at"}


def test_a_source_may_have_a_query_of_its_own() -> None:
    live = Live("", cursor="at", overlap="1h")
    own = "https://crm/a?$select=id,at&$filter=kind%20eq%20'x'%20or%20kind%20eq%20'y'"
    address, params = request_of("odata", live, own, "2025-09-29T12:00:00Z")
    assert address == "https://crm/a"
    assert params["$select"] == "id,at"
    assert params["$filter"] == "(kind eq 'x' or kind eq 'y') and at ge 2025-09-29T11:00:00Z"


def test_rest_asks_by_its_own_parameter() -> None:
    live = Live("", cursor="at", since="updated_since", overlap="1h")
    _, params = request_of("rest", live, "https://a/items?kind=x", "2025-09-29T12:00:00Z")
    assert params == {"kind": "x", "updated_since": "2025-09-29T11:00:00Z"}


def test_rows_become_text_with_all_their_digits() -> None:
    rows = [
        {
            "id": 1,
            "amount": Decimal("12345678901234.5678"),
            "ok": True,
            "more": {"a": [1]},
            "@odata.etag": "x",
        },
        {"id": None, "amount": 2, "ok": None, "name": "王"},
    ]
    batch = batch_of(rows)
    assert batch.table.to_pylist() == [
        {"id": "1", "amount": "12345678901234.5678", "ok": "true", "more": '{"a": [1]}', "name": None},
        {"id": None, "amount": "2", "ok": None, "more": None, "name": "王"},
    ]
    assert batch.kinds == {
        "id": "number",
        "amount": "number",
        "ok": "boolean",
        "more": "nested",
        "name": "text",
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.int64(), "number"),
        (pa.decimal128(18, 2), "number"),
        (pa.float32(), "number"),
        (pa.string(), "text"),
        (pa.bool_(), "boolean"),
        (pa.date32(), "date"),
        (pa.timestamp("us", "UTC"), "timestamp"),
        (pa.null(), "empty"),
        (pa.binary(), "binary"),
    ],
)
def test_types_of_one_kind_may_replace_each_other(kind: pa.DataType, name: str) -> None:
    assert kind_of(kind) == name


def test_waits_follow_retry_after_within_bounds_and_else_grow() -> None:
    from dlt.sources.helpers.requests.retry import wait_exponential_retry_after
    from tenacity import Future, RetryCallState

    wait = wait_exponential_retry_after(multiplier=1, max=60)

    def seconds(attempt: int, retry_after: str | None) -> float:
        response = requests.Response()
        response.status_code = 429
        if retry_after:
            response.headers["Retry-After"] = retry_after
        state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
        state.attempt_number = attempt
        state.outcome = Future.construct(attempt, response, has_exception=False)
        return wait(state)

    assert [seconds(attempt, None) for attempt in (1, 2, 3, 9)] == [1, 2, 4, 60]
    assert [seconds(1, text) for text in ("7", "3600")] == [7, 60]
