"""The control address: what it tells, how the clock is moved, and what when nobody listens."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest
import requests

from sandbox.systems import company as systems
from sandbox.systems.company import Company, Plan
from sandbox.systems.control import STATE_FILE, Service, own_token
from sandbox.systems.days import Days
from sandbox.systems.devices import Broker, DevicesError, Message
from sandbox.world import World
from tests.support.web import Server, serving

DAY = date(2025, 9, 29)


def hourly(seed: int, scale: float, until: date) -> dict[str, pl.DataFrame]:
    """A company without business: one device that tells a temperature each hour of two days."""
    frames = World(seed, scale, until).frames()
    noon = datetime.combine(until - timedelta(days=1), time())
    rows = [
        {
            "device_id": "D-1",
            "metric_code": "supply_air_c",
            "read_at": noon + timedelta(hours=hour),
            "value": 20.0,
        }
        for hour in range(48)
    ]
    readings = pl.DataFrame(rows, schema_overrides=frames["iot__readings"].schema)
    empty = frames["iot__readings"]
    return frames | {"iot__readings": pl.concat([empty, readings], how="diagonal").select(empty.columns)}


class Listener:
    """Stands for the broker: takes what comes, or fails where a test says so."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.is_down = False

    def publish(self, broker: Broker, sent: Iterable[Message]) -> int:
        if self.is_down:
            raise DevicesError("no broker")
        news = list(sent)
        self.taken += news
        return len(news)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    made = Listener()
    monkeypatch.setattr(systems, "publish", made.publish)
    return made


@pytest.fixture
def service(tmp_path: Path, listener: Listener) -> Iterator[Service]:
    plan = Plan(
        tmp_path, 1, 1.0, DAY, f"sqlite:///{tmp_path / 'erp.sqlite'}", Broker("127.0.0.1", 1, "me", "hush")
    )
    company = Company(plan, Days(1, 1.0, is_soiled=False, make=hourly))
    company.start()
    made = Service(company, "a-token")
    made.socket.close()
    yield made
    company.close()


@pytest.fixture
def server(service: Service) -> Iterator[Server]:
    with serving(service.app) as running:
        yield running


def move(server: Server, body: str) -> requests.Response:
    return requests.post(f"{server.url}/clock", data=body, timeout=30)


def test_the_state_tells_where_all_is_and_no_secret(server: Server) -> None:
    answer = requests.get(f"{server.url}/state", timeout=10)
    state = answer.json()
    assert (state["today"], state["tables"]["iot__readings"]) == ("2025-09-29", {"living": 48, "deleted": 0})
    assert state["broker"] == "127.0.0.1:1"
    assert not [secret for secret in ("a-token", "hush") if secret in answer.text]


def test_the_clock_answers_when_all_is_handed_on(server: Server, listener: Listener, tmp_path: Path) -> None:
    state = move(server, '{"days": 2}').json()
    assert state["today"] == "2025-10-01"
    assert state["sent"]["readings"] == state["sent"]["messages"] == len(listener.taken) == 48
    assert json.loads(listener.taken[0].payload)["read_at"] == "2025-09-30T00:00:00Z"
    assert json.loads((tmp_path / STATE_FILE).read_text())["today"] == "2025-10-01"


@pytest.mark.parametrize("body", ['{"days": -1}', '{"days": "two"}', '{"days": true}', "[1]", "no"])
def test_a_wrong_number_of_days_is_told(server: Server, body: str) -> None:
    answer = move(server, body)
    assert answer.status_code == 400
    assert "days" in answer.json()["error"]
    assert requests.get(f"{server.url}/state", timeout=10).json()["today"] == "2025-09-29"


def test_two_cannot_move_the_clock_at_once(server: Server, service: Service) -> None:
    with service.moving:
        assert move(server, "{}").status_code == 409
    assert move(server, "{}").status_code == 200


def test_a_day_that_nobody_took_stays_due(server: Server, service: Service, listener: Listener) -> None:
    listener.is_down = True
    answer = move(server, "{}")
    assert answer.status_code == 503
    assert "no broker" in answer.json()["error"]
    again = Company(service.company.plan, service.company.days)
    again.start()
    assert again.today == DAY, "a day that was not handed on is repeated after a start"
    again.close()
    listener.is_down = False
    state = move(server, '{"days": 0}').json()
    assert (state["today"], state["sent"]["readings"]) == ("2025-09-30", 24)
    assert move(server, '{"days": 0}').json()["sent"]["readings"] == 24, "nothing is handed on twice"


def test_the_crm_asks_for_its_token(server: Server) -> None:
    assert requests.get(f"{server.url}/odata/customers", timeout=10).status_code == 401
    headers = {"Authorization": "Bearer a-token"}
    assert requests.get(f"{server.url}/odata", headers=headers, timeout=10).status_code in (200, 500)


def test_the_companys_own_token_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    token = own_token(tmp_path / "new")
    assert own_token(tmp_path / "new") == token
    assert len(token) > 30
    assert stat.S_IMODE((tmp_path / "new" / "crm.token").stat().st_mode) == 0o600
