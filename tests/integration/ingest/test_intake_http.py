"""Photos and work orders over HTTP: what was answered with 2xx is in the lake, once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import requests

from ingest.door import release_waiting
from ingest.intake.loading import closed_batches
from ingest.ledger import TableLoad
from lake.run import new_run
from lake.settings import Settings
from tests.support.intake import RunningIntake, load_all, running_intake, start_intake
from tests.support.mosquitto import Broker, free_port
from tests.support.phone import OTHER_TOKEN, TOKEN, TOKENS, Phone, jpeg

CREATED = "2026-03-01T08:00:00+08:00"
ORDER = {"work_order_id": "W1", "kind_code": "repair", "created_at": CREATED, "description": "漏水"}


@pytest.fixture
def intake(tmp_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningIntake]:
    """The service with its own broker, two callers and a small limit for photos."""
    monkeypatch.setenv("GANTRY_INTAKE_TOKENS", TOKENS)
    settings = tmp_lake.model_copy(update={"intake_photo_limit": 20_000, "intake_payload_limit": 200_000})
    broker = Broker("127.0.0.1", free_port())
    with running_intake(settings, broker, tmp_path, "--embedded-broker") as running:
        yield running


@pytest.fixture
def phone(intake: RunningIntake) -> Phone:
    """A caller whose token is known."""
    return Phone(intake.http_port)


def _loaded(
    intake: RunningIntake, settings: Settings
) -> tuple[dict[str, TableLoad], duckdb.DuckDBPyConnection]:
    assert intake.stop() == 0
    loads, con = load_all(settings)
    assert closed_batches(settings) == []
    return {load.table: load for load in loads}, con


def _rows(con: duckdb.DuckDBPyConnection, table: str, *columns: str) -> list[tuple]:
    return con.execute(f"select {', '.join(columns)} from lake.raw.raw_{table} order by all").fetchall()


def _reasons(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    return con.execute(
        "select table_name, column_name, rule_code from lake.quarantine.reason order by all"
    ).fetchall()


def test_a_report_sent_again_changes_nothing_whatever_came_in_between(
    intake: RunningIntake, phone: Phone, tmp_lake: Settings
) -> None:
    arrived = {"work_order_id": "W1", "status_code": "on_site", "report_id": "r2"}
    finished = {"work_order_id": "W1", "status_code": "finished", "labour_hours": 2.5}
    for content in (ORDER, arrived, finished, arrived, ORDER, finished):
        answer = phone.work_orders(content)
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    loads, con = _loaded(intake, tmp_lake)
    load = loads["work__work_orders"]
    assert (load.read, load.inserted, load.unchanged, load.quarantined) == (6, 1, 5, 0)
    columns = ("work_order_id", "created_at", "status_code", "labour_hours", "description")
    whole = [("W1", datetime(2026, 3, 1), "finished", 2.5, "漏水")]
    assert _rows(con, "work__work_orders", *columns) == whole


def test_a_later_report_need_not_be_whole_and_an_old_one_comes_too_late(
    intake: RunningIntake, phone: Phone, tmp_lake: Settings, tmp_path: Path
) -> None:
    early = {"work_order_id": "W1", "status_code": "assigned"}
    assert phone.work_orders([ORDER, early], key="first").status_code == 202
    _loaded(intake, tmp_lake)
    broker = Broker("127.0.0.1", free_port())
    with running_intake(tmp_lake, broker, tmp_path, "--embedded-broker") as again:
        later = Phone(again.http_port)
        assert later.work_orders({"work_order_id": "W1", "status_code": "closed"}).status_code == 202
        assert later.work_orders([ORDER, early], key="first").status_code == 202
        loads, con = _loaded(again, tmp_lake)
    load = loads["work__work_orders"]
    assert (load.read, load.updated, load.unchanged) == (3, 1, 2)
    assert _rows(con, "work__work_orders", "status_code", "description") == [("closed", "漏水")]
    assert con.execute("select status_code from lake.history.raw_work__work_orders").fetchall() == [
        ("assigned",)
    ]


def test_a_long_list_is_taken_as_a_whole(intake: RunningIntake, phone: Phone, tmp_lake: Settings) -> None:
    short = [{"work_order_id": f"W{n}", "created_at": CREATED} for n in range(1500)]
    assert phone.work_orders(short).json()["accepted"] == 1500
    assert phone.work_orders([*short, {"colour": "red"}]).status_code == 422
    loads, _ = _loaded(intake, tmp_lake)
    assert (loads["work__work_orders"].inserted, loads["work__work_orders"].quarantined) == (1500, 1)


def test_what_breaks_the_contract_is_taken_and_quarantined(
    intake: RunningIntake, phone: Phone, tmp_lake: Settings
) -> None:
    bad = [
        ORDER | {"work_order_id": "W2", "status_code": "lost", "finished_at": "yesterday"},
        ORDER | {"work_order_id": "W3", "project_id": "nobody's"},
        {"work_order_id": "W4", "status_code": "closed"},
    ]
    assert phone.work_orders([ORDER, *bad]).status_code == 202
    loads, con = _loaded(intake, tmp_lake)
    assert (loads["work__work_orders"].inserted, loads["work__work_orders"].quarantined) == (1, 3)
    assert [reason[1:] for reason in _reasons(con)] == [
        ("created_at", "required"),
        ("finished_at", "type"),
        ("project_id", "reference"),
        ("status_code", "vocabulary"),
    ]
    [(source,)] = con.execute(
        "select row_json->'$.source' from lake.quarantine.row where row_json like '%yesterday%'"
    ).fetchall()
    assert json.loads(json.loads(source)["payload"])["finished_at"] == "yesterday"
    con.execute(
        "insert into lake.raw.raw_projects__projects by name select 'nobody''s' as project_id, 'N' as name"
    )
    [released] = release_waiting(con, new_run(datetime(2026, 3, 2).date(), "ingest"), tmp_lake)
    assert released.released == 1


def test_photos_are_stored_once_with_time_and_place(
    intake: RunningIntake, phone: Phone, tmp_lake: Settings
) -> None:
    office = Phone(phone.port, OTHER_TOKEN)
    assert phone.work_orders(ORDER).status_code == 202
    first = phone.photo(jpeg(1), work_order_id="W1", caption="完成")
    again = phone.photo(jpeg(1), work_order_id="W1", caption="完成")
    other = office.photo(jpeg(1), work_order_id="W1", taken_by="E7")
    second = phone.photo(jpeg(2, taken=None, place=None), work_order_id="W1", taken_at="2026-03-02T00:00:00Z")
    assert [answer.status_code for answer in (first, again, other, second)] == [201, 200, 200, 201]
    loads, con = _loaded(intake, tmp_lake)
    load = loads["work__photos"]
    assert (load.read, load.inserted, load.unchanged, load.quarantined) == (4, 2, 2, 0)
    columns = ("taken_at", "latitude", "longitude", "caption", "taken_by", "work_order_id")
    assert _rows(con, "work__photos", *columns) == [
        (datetime(2026, 3, 1, 1, 30), 31.25, 121.5, "完成", "E7", "W1"),
        (datetime(2026, 3, 2), None, None, None, None, "W1"),
    ]
    files = _rows(con, "work__photos", "file_path", "size_bytes")
    stored = {(path, (tmp_lake.paths.attachments / path).stat().st_size) for path, _ in files}
    assert stored == set(files)
    assert len(list(tmp_lake.paths.attachments.rglob("*.jpg"))) == 2


def test_a_body_that_is_none_is_refused_and_kept(
    intake: RunningIntake, phone: Phone, tmp_lake: Settings
) -> None:
    for _ in range(2):
        answer = phone.work_orders(b'{"work_order_id": \xff')
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "json")
    assert phone.work_orders([ORDER, {"colour": "red"}]).json()["error"]["code"] == "unknown_field"
    assert phone.photo(b"\x89PNG" + b"x" * 10_000, project_id="P").json()["error"]["code"] == "no_jpeg"
    loads, con = _loaded(intake, tmp_lake)
    orders, photos = loads["work__work_orders"], loads["work__photos"]
    assert (orders.read, orders.inserted, orders.quarantined, orders.unchanged) == (3, 0, 2, 1)
    assert (photos.read, photos.quarantined) == (1, 1)
    assert [rule for *_, rule in _reasons(con)] == ["http_no_jpeg", "http_json", "http_unknown_field"]
    sources = [
        json.loads(row)["source"]
        for (row,) in con.execute("select row_json from lake.quarantine.row order by table_name").fetchall()
    ]
    assert {source["topic"] for source in sources} == {"HTTP phone"}
    assert sources[0]["size_bytes"] == 10_004


def test_what_is_refused_is_told(intake: RunningIntake, phone: Phone) -> None:
    stranger = Phone(phone.port, "somebody-elses-token")
    url = f"http://127.0.0.1:{phone.port}"
    known = {"Authorization": f"Bearer {TOKEN}"}
    chunks = (b"x" * 1000 for _ in range(300))
    answers = {
        "no_token": (401, stranger.photo(jpeg(), project_id="P")),
        "too_large": (413, phone.photo(b"x" * 200_000, project_id="P")),
        "belongs_nowhere": (422, phone.photo(jpeg())),
        "no_time": (422, phone.photo(jpeg(taken=None), project_id="P")),
        "no_form": (415, requests.post(f"{url}/photos", data=b"x", headers=known, timeout=60)),
        "no_photo": (400, requests.post(f"{url}/photos", files={"x": b"y"}, headers=known, timeout=60)),
        "no_page": (404, requests.get(url, timeout=60)),
        "bad_key": (400, phone.work_orders(ORDER, key="k" * 300)),
    }
    for code, (status, answer) in answers.items():
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert answer.json()["error"]["zh"] != answer.json()["error"]["en"]
    form = {**known, "Content-Type": "multipart/form-data; boundary=x"}
    no_text, no_name = b"--x\r\n\xff\xfe: y\r\n\r\nz\r\n--x--", b"--x\r\nA: B\r\n\r\n1\r\n--x--\r\n"
    for body in (b"", b"--x", no_text, no_name, b"nonsense"):
        answer = requests.post(f"{url}/photos", data=body, headers=form, timeout=60)
        assert (answer.status_code, answer.json()["error"]["code"] in ("bad_form", "no_photo")) == (400, True)
    endless = requests.post(f"{url}/work-orders", data=chunks, headers=known, timeout=60)
    assert endless.status_code == 413
    assert requests.get(f"{url}/photos", headers=known, timeout=60).status_code == 405
    state = intake.health()["http"]
    assert (state["requests_denied"], state["photos"], state["work_orders"]) == (1, 0, 0)
    assert TOKEN not in intake.log.read_text()


def test_killed_under_load_nothing_answered_is_lost(
    intake: RunningIntake, phone: Phone, tmp_lake: Settings, tmp_path: Path
) -> None:
    answered: list[str] = []

    def send(number: int) -> None:
        name = f"W{number}"
        try:
            if phone.work_orders(ORDER | {"work_order_id": name}).status_code == 202:
                answered.append(name)
        except requests.ConnectionError:
            return
        if len(answered) == 100:
            intake.kill()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(400)))
    assert 100 <= len(answered) < 400
    broker = Broker("127.0.0.1", free_port())
    with running_intake(tmp_lake, broker, tmp_path, "--embedded-broker") as again:
        retry = Phone(again.http_port)
        for name in answered[:20]:
            assert retry.work_orders(ORDER | {"work_order_id": name}).status_code == 202
        loads, con = _loaded(again, tmp_lake)
    names = [name for (name,) in _rows(con, "work__work_orders", "work_order_id")]
    assert len(names) == len(set(names)) == loads["work__work_orders"].inserted
    assert set(answered) <= set(names)


def test_health_and_metrics_tell_of_it(intake: RunningIntake, phone: Phone) -> None:
    phone.work_orders([ORDER, ORDER | {"work_order_id": "W2"}])
    phone.photo(jpeg(), project_id="P")
    state = intake.health()
    assert (state["http"]["work_orders"], state["http"]["photos"], state["http"]["disk"]) == (
        2,
        1,
        "writable",
    )
    metrics = requests.get(f"http://127.0.0.1:{intake.port}/metrics", timeout=60).text
    assert "gantry_intake_http_work_orders_total 2" in metrics.splitlines()


def test_without_tokens_nothing_is_served(tmp_lake: Settings, tmp_path: Path) -> None:
    broker = Broker("127.0.0.1", free_port())
    with running_intake(tmp_lake, broker, tmp_path, "--embedded-broker") as intake:
        assert intake.health()["http"] is None
        assert intake.stop() == 0
    assert "GANTRY_INTAKE_TOKENS is not set" in intake.log.read_text()


def test_a_token_that_is_too_short_is_told(
    tmp_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANTRY_INTAKE_TOKENS", "phone:short")
    intake = start_intake(tmp_lake, Broker("127.0.0.1", free_port()), tmp_path)
    assert intake.process.wait(60) == 64
    assert "the entry «phone»" in intake.log.read_text()
    assert "short" not in intake.log.read_text()
