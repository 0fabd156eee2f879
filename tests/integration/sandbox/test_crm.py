"""The CRM of the sandbox, asked by a real HTTP client."""

from collections.abc import Iterator
from datetime import date

import pytest
import requests

from sandbox.systems.crm import Crm, Limiter, Moods, crm_records
from sandbox.systems.records import Records
from tests.support.web import Server, serving

TOKEN = "a-token"
CALM = Moods(rate=None, failing_share=0.0)
DAY = date(2025, 9, 29)
SCALE = 0.005


@pytest.fixture
def records() -> Records:
    return crm_records(1, SCALE, DAY)


@pytest.fixture
def crm(records: Records) -> Crm:
    return Crm(records, TOKEN, CALM)


@pytest.fixture
def server(crm: Crm) -> Iterator[Server]:
    with serving(crm.app) as running:
        yield running


def get(server: Server, path: str, token: str = TOKEN, **params: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Prefer": "odata.maxpagesize=7"}
    return requests.get(f"{server.url}{path}", params=params, headers=headers, timeout=10)


def pages(server: Server, path: str, **params: str) -> list[list[dict]]:
    """All pages, by following the next links."""
    found, answer = [], get(server, path, **params).json()
    while True:
        found.append(answer["value"])
        if "@odata.nextLink" not in answer:
            return found
        headers = {"Authorization": f"Bearer {TOKEN}", "Prefer": "odata.maxpagesize=7"}
        answer = requests.get(answer["@odata.nextLink"], headers=headers, timeout=10).json()


def test_pages_hold_each_record_once(server: Server, records: Records) -> None:
    got = pages(server, "/odata/contacts")
    full, rest = divmod(len(records.rows("contacts")), 7)
    assert [len(page) for page in got] == [7] * full + [rest] * bool(rest)
    assert [row["contact_id"] for page in got for row in page] == [
        row["contact_id"] for row in records.rows("contacts")
    ]


def test_nobody_without_the_token_gets_in(server: Server) -> None:
    for path in ("/odata", "/odata/contacts", "/clock"):
        answer = get(server, path, token="another")
        assert answer.status_code == 401
        assert "contact" not in answer.text


def test_a_filter_on_the_stamp_gives_the_later_changes(server: Server, records: Records) -> None:
    stamps = sorted(row["modified_at"] for row in records.rows("emails"))
    limit = stamps[40].replace(tzinfo=None).isoformat() + "Z"
    later = len(stamps) - 40
    for comparison, count in (("ge", later), ("gt", later - 1), ("lt", 40)):
        query = {"$filter": f"modified_at {comparison} {limit}", "$orderby": "modified_at"}
        rows = [row for page in pages(server, "/odata/emails", **query) for row in page]
        assert len(rows) == count
        assert [row["modified_at"] for row in rows] == sorted(row["modified_at"] for row in rows)


def test_top_select_and_count(server: Server, records: Records) -> None:
    query = {"$top": "9", "$select": "email_id"}
    got = pages(server, "/odata/emails", **query)
    assert [len(page) for page in got] == [7, 2]
    assert {tuple(row) for page in got for row in page} == {("email_id",)}
    counted = get(server, "/odata/emails", **{"$count": "true", "$top": "1"}).json()
    assert counted["@odata.count"] == len(records.rows("emails"))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"$filter": "modified_at around now"}, "around"),
        ({"$filter": "nothing eq 1"}, "nothing"),
        ({"$apply": "x"}, "$apply"),
        ({"$top": "-1"}, "$top"),
        ({"$skiptoken": "x"}, "$skiptoken"),
    ],
)
def test_a_wrong_query_is_told(server: Server, query: dict[str, str], told: str) -> None:
    answer = get(server, "/odata/emails", **query)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


def test_a_record_that_changes_between_pages_is_not_passed_over(server: Server, records: Records) -> None:
    query = {"$orderby": "modified_at"}
    first = get(server, "/odata/contacts", **query).json()
    changed = first["value"][0]["contact_id"]
    records.edit("contacts", (changed,), title="Director")
    headers = {"Authorization": f"Bearer {TOKEN}", "Prefer": "odata.maxpagesize=100"}
    rest = requests.get(first["@odata.nextLink"], headers=headers, timeout=10).json()["value"]
    seen = [row["contact_id"] for row in first["value"] + rest]
    assert len(set(seen)) == len(records.rows("contacts"))
    assert rest[-1]["contact_id"] == changed


def test_the_clock_brings_changes_and_tombstones(server: Server, records: Records) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    before = {row["tag_code"] + row["customer_id"] for row in records.living("tags")}
    answer = requests.post(f"{server.url}/clock", json={"days": 3}, headers=headers, timeout=10)
    assert answer.json() == {"today": "2025-10-02"}
    rows = [row for page in pages(server, "/odata/tags") for row in page]
    gone = [row for row in rows if row["is_deleted"]]
    assert len(gone) == 3
    assert all(row["name"] is None and row["modified_at"] >= "2025-09-30" for row in gone)
    assert {row["tag_code"] + row["customer_id"] for row in rows if not row["is_deleted"]} < before
    assert (
        requests.post(f"{server.url}/clock", json={"days": 0}, headers=headers, timeout=10).status_code == 400
    )


def test_two_runs_of_the_clock_are_alike() -> None:
    one, other = crm_records(1, SCALE, DAY), crm_records(1, SCALE, DAY)
    one.advance(2)
    other.advance()
    other.advance()
    assert {name: one.rows(name) for name in one.keys} == {name: other.rows(name) for name in other.keys}


def test_the_limit_says_when_to_come_again() -> None:
    moment = [0.0]
    limiter = Limiter(rate=0.5, burst=2, now=lambda: moment[0])
    assert [limiter.wait() for _ in range(3)] == [0, 0, 2]
    moment[0] = 2.0
    assert limiter.wait() == 0


def test_a_busy_client_is_told_429_and_some_requests_fail(records: Records) -> None:
    crm = Crm(records, TOKEN, Moods(rate=0.001, burst=20, failing_share=0.2, seed=3))
    with serving(crm.app) as server:
        got = [get(server, "/odata/leads") for _ in range(22)]
    statuses = [answer.status_code for answer in got]
    assert statuses.count(429) == 2
    assert 1 <= statuses.count(500) == crm.meter.failed < 10
    assert int(got[-1].headers["Retry-After"]) > 1
