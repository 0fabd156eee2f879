"""The health pages, and settings that cannot be used."""

import socket

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from ingest.intake.errors import IntakeError
from ingest.intake.health import as_metrics, health_app
from ingest.intake.service import Intake, broker_address
from ingest.intake.stats import STOPPED, Stats
from lake.settings import Settings, child_environment


def _state(stats: Stats) -> dict:
    return stats.snapshot(queue_messages=3, queue_bytes=30, free_bytes=10**9)


def test_it_is_well_only_when_messages_arrive_and_can_be_kept() -> None:
    stats = Stats()
    assert _state(stats)["status"] == "degraded"
    stats.is_connected = stats.is_subscribed = True
    assert _state(stats)["status"] == "ok"
    stats.disk = STOPPED
    assert _state(stats)["status"] == "degraded"


def test_metrics_tell_every_count() -> None:
    stats = Stats(received=7, acknowledged=5, broken=1, is_connected=True)
    lines = as_metrics(_state(stats)).splitlines()
    assert "gantry_intake_received_total 7" in lines
    assert "gantry_intake_acknowledged_total 5" in lines
    assert "gantry_intake_queue_messages 3" in lines
    assert "gantry_intake_is_connected 1" in lines
    assert "gantry_intake_disk_writable 1" in lines


def test_the_two_pages_are_there() -> None:
    app = health_app(lambda: _state(Stats()))
    assert isinstance(app, Starlette)
    assert [route.path for route in app.routes if isinstance(route, Route)] == ["/health", "/metrics"]


@pytest.mark.parametrize(
    ("broker", "tls", "address"),
    [
        ("localhost:1884", False, ("localhost", 1884)),
        ("broker.example", False, ("broker.example", 1883)),
        ("broker.example", True, ("broker.example", 8883)),
        ("[::1]:1883", False, ("::1", 1883)),
    ],
)
def test_a_broker_is_host_and_port(broker: str, tls: bool, address: tuple[str, int]) -> None:
    assert broker_address(broker, Settings(intake_tls=tls)) == address


@pytest.mark.parametrize("broker", ["", ":1883", "host:", "host:mqtt", "host:0", "host:70000"])
def test_a_broker_that_is_no_address_is_refused(broker: str) -> None:
    with pytest.raises(IntakeError, match="host:port"):
        broker_address(broker, Settings())


def test_a_health_port_that_is_taken_is_told_at_the_start(tmp_lake: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = tmp_lake.model_copy(update={"intake_health_port": other.getsockname()[1]})
        with pytest.raises(IntakeError, match="--port"):
            Intake(settings)


def test_the_password_is_shown_nowhere_and_handed_on_only_by_the_environment() -> None:
    settings = Settings(intake_username="me", intake_password="hidden")
    assert "hidden" not in repr(settings)
    assert "hidden" not in child_environment(settings).values()
