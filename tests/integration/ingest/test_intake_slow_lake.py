"""A lake that takes long to load, and devices whose clocks are off: the intake goes on all the same."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.intake import loading
from lake.settings import Settings
from tests.support.intake import PATIENCE_S, UNLIMITED, Sender, load_all, readings_in_lake, running_intake
from tests.support.mosquitto import Broker, free_port, running_broker
from tests.support.programs import require_program

MESSAGES, STEP = 60_000, 20_000
#: What a process may gain by chance; the messages sent meanwhile would take more than this.
GROWTH_BYTES = 12_000_000


@pytest.mark.mosquitto
@pytest.mark.slow
def test_while_a_load_takes_long_messages_are_acknowledged_and_memory_is_flat(
    tmp_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_loading, may_end = threading.Event(), threading.Event()
    write_files = loading.write_files

    def slowly(*arguments: object) -> None:
        is_loading.set()
        assert may_end.wait(PATIENCE_S)
        write_files(*arguments)  # type: ignore[arg-type]

    settings = tmp_lake.model_copy(update={"intake_batch_seconds": 0.5})
    with (
        running_broker(require_program("Mosquitto", "mosquitto"), tmp_path, UNLIMITED) as broker,
        running_intake(settings, broker, tmp_path) as intake,
        ThreadPoolExecutor(1) as pool,
    ):
        sender = Sender(broker)
        sender.send(range(1000))
        intake.wait_until(lambda state: state["readings"] == 1000)
        with monkeypatch.context() as patch:
            patch.setattr(loading, "write_files", slowly)
            load = pool.submit(load_all, settings)
            assert is_loading.wait(PATIENCE_S)
            memory = []
            for last in range(STEP, MESSAGES + 1, STEP):
                sender.send(range(last - STEP + 1000, last + 1000))
                intake.wait_until(lambda state, last=last: state["acknowledged"] == last + 1000)
                memory.append(intake.memory_bytes)
            assert not load.done()
            may_end.set()
            [first], con = load.result(PATIENCE_S)
            con.close()
        sender.finish()
        assert intake.stop() == 0
    assert memory[-1] - memory[0] < GROWTH_BYTES
    assert first.inserted == 1000
    _, con = load_all(settings)
    assert readings_in_lake(con) == (MESSAGES + 1000, MESSAGES + 1000)


def test_clocks_that_are_off_cost_only_their_own_readings(tmp_lake: Settings, tmp_path: Path) -> None:
    broker, now = Broker("127.0.0.1", free_port()), datetime.now(UTC)
    late, ahead, unset = now - timedelta(hours=48), now + timedelta(hours=8), datetime(1970, 1, 1, tzinfo=UTC)
    with running_intake(tmp_lake, broker, tmp_path, "--embedded-broker") as intake:
        sender = Sender(broker)
        for value, time in enumerate((now, late, ahead, unset)):
            content = json.dumps({"value": value, "ts": time.isoformat()}).encode()
            sender.send_raw("site/S1/device/D1/temperature_c", content)
        sender.finish()
        intake.wait_until(lambda state: state["acknowledged"] == 4)
        assert intake.stop() == 0
    [load], con = load_all(tmp_lake)
    assert (load.read, load.inserted, load.quarantined) == (4, 2, 2)
    days = con.execute("select value, read_at::date from lake.raw.raw_iot__readings order by 1").fetchall()
    assert days == [(0.0, now.date()), (1.0, late.date())]
    reasons = con.execute("select rule_code, message_en from lake.quarantine.reason order by 1").fetchall()
    assert [rule for rule, _ in reasons] == ["payload_future", "payload_late"]
    assert "clock" in reasons[0][1]
