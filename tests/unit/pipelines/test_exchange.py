"""Approved actions into a folder or to an address, their answers back; whatever the other side does wrong."""

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from actions.kinds import ProposePurchase
from actions.outbound import queue
from actions.store import ActionStore, Draft
from ingest.company import Company, OutboundTarget
from lake.settings import Settings
from pipelines.exchange import exchange


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(lake=tmp_path / "lake", language="en")


@pytest.fixture
def store(settings: Settings) -> ActionStore:
    store = ActionStore.open(settings)
    for number in ("p1", "p/2"):
        purchase = ProposePurchase(
            product_id="A-100",
            warehouse_id="W1",
            supplier_id="S1",
            quantity=Decimal(4),
            amount=Decimal(50),
            currency_code="CNY",
            order_by_on=None,
            limit_amount=Decimal(100),
        )
        store.record(Draft(number, f"stock|{number}", purchase, 0, "", "采购", "Li Na"))
    return store


def company(settings: Settings, target: OutboundTarget | None = None) -> Company:
    return Company(settings.company, {}, "UTC", "CNY", None, {}, {}, outbound=target)


def states(store: ActionStore) -> dict[str, str]:
    return {each.action.action_id: each.state_code for each in queue(store.events())}


def test_each_goes_into_the_folder_once(settings: Settings, store: ActionStore) -> None:
    first = exchange(settings, company(settings))
    assert (first.sent, first.problems, first.check().is_passed) == (2, [], True)
    outbox = settings.paths.root / "outbound" / "outbox"
    read = [json.loads(file.read_text("utf-8")) for file in outbox.iterdir()]
    messages = {each["id"]: each for each in read}
    assert set(messages) == {"p1", "p/2"}
    assert messages["p1"]["reason"] == "采购"
    assert exchange(settings, company(settings)).sent == 0
    assert states(store) == {"p1": "sent", "p/2": "sent"}


def test_answers_come_back_as_lines_and_bad_ones_are_named(settings: Settings, store: ActionStore) -> None:
    target = OutboundTarget(folder=settings.paths.root / "erp")
    exchange(settings, company(settings, target))
    answers = settings.paths.root / "erp" / "answers"
    answers.mkdir()
    lines = [
        {"id": "p1", "status": "accepted", "reference": "PO-7"},
        {"id": "p/2", "status": "rejected", "message": "closed account"},
        {"id": "p9", "status": "accepted"},
        {"id": "p1", "status": "perhaps"},
    ]
    told = [json.dumps(line) for line in lines]
    (answers / "1.jsonl").write_text("\n".join([*told, "no json", ""]), "utf-8")
    report = exchange(settings, company(settings, target))
    assert report.answered == 2
    assert states(store) == {"p1": "accepted", "p/2": "rejected"}
    assert [problem.split(" can't")[0] for problem in report.problems] == [
        f"the answer 1.jsonl:{number}" for number in (3, 4, 5)
    ]
    assert not report.check().is_failed_error
    assert exchange(settings, company(settings, target)).answered == 0


def test_a_folder_that_cannot_be_written_is_told_and_tried_again(
    settings: Settings, store: ActionStore, tmp_path: Path
) -> None:
    (tmp_path / "erp").write_text("a file", "utf-8")
    target = OutboundTarget(folder=tmp_path / "erp")
    assert len(exchange(settings, company(settings, target)).problems) == 2
    assert set(states(store).values()) == {"queued"}
    (tmp_path / "erp").unlink()
    assert exchange(settings, company(settings, target)).sent == 2


class Erp(ThreadingHTTPServer):
    """A receiver that answers at once, or is out of order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.is_broken = False
        self.seen: list[tuple[str, str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Erp

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key, token = self.headers["Idempotency-Key"], self.headers.get("Authorization", "")
        self.server.seen.append((message["id"], key, token))
        self.send_response(503 if self.server.is_broken else 200)
        self.end_headers()
        if not self.server.is_broken and message["id"] == "p1":
            self.wfile.write(json.dumps({"status": "accepted", "reference": "PO-1"}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """The test's output stays its own."""


@pytest.fixture
def erp() -> Iterator[Erp]:
    server = Erp()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_takes_them_with_its_token_and_may_answer_at_once(
    settings: Settings, store: ActionStore, erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_TOKEN", "secret")
    url = f"http://127.0.0.1:{erp.server_address[1]}/orders?key=secret"
    target = OutboundTarget(url=url, token="${ERP_TOKEN}")
    erp.is_broken = True
    broken = exchange(settings, company(settings, target))
    assert (broken.sent, len(broken.problems)) == (0, 2)
    erp.is_broken = False
    report = exchange(settings, company(settings, target))
    assert (report.sent, report.answered, report.problems) == (2, 1, [])
    assert states(store) == {"p1": "accepted", "p/2": "sent"}
    assert set(erp.seen) == {("p1", "p1", "Bearer secret"), ("p/2", "p/2", "Bearer secret")}
    assert all("secret" not in each.target for each in queue(store.events()))
    assert exchange(settings, company(settings, target)).sent == 0


def test_a_secret_that_is_not_set_is_told(settings: Settings, store: ActionStore, erp: Erp) -> None:
    target = OutboundTarget(url=f"http://127.0.0.1:{erp.server_address[1]}/", token="${NO_SUCH_TOKEN}")
    report = exchange(settings, company(settings, target))
    assert report.sent == 0
    assert "was not sent" in report.problems[0]
    assert erp.seen == []
