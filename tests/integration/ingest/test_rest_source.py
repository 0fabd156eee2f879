"""Plain REST pages, and what holds for every service: the token goes nowhere else, nothing is left behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ingest.sources import web_pages
from lake.connection import connect_lake
from tests.integration.ingest.conftest import Bench
from tests.support.web import Server, serving

TABLE = "crm__customers"


class Service:
    """Pages of two rows, by a link in the answer or in its header."""

    def __init__(self) -> None:
        self.rows = [{"id": f"C{n}", "name": f"N{n}", "at": f"2025-09-{n:02}T00:00:00Z"} for n in range(1, 6)]
        self.asked: list[dict[str, str]] = []
        self.shown: list[str] = []
        self.elsewhere = ""
        self.app = Starlette(
            routes=[
                Route("/linked", self.linked),
                Route("/headed", self.headed),
                Route("/token", self.token, methods=["POST"]),
            ]
        )

    def _page(self, request: Request) -> tuple[list[dict], str | None]:
        self.asked.append(dict(request.query_params))
        self.shown.append(request.headers.get("authorization", ""))
        since, start = request.query_params.get("since", ""), int(request.query_params.get("start", 0))
        rows = [row for row in self.rows if row["at"] >= since]
        more = str(request.url.include_query_params(start=start + 2)) if len(rows) > start + 2 else None
        if more and self.elsewhere:
            more = self.elsewhere
        return rows[start : start + 2], more

    def linked(self, request: Request) -> JSONResponse:
        rows, more = self._page(request)
        return JSONResponse({"data": {"items": rows}, "paging": {"next": more}})

    def headed(self, request: Request) -> JSONResponse:
        rows, more = self._page(request)
        return JSONResponse(rows, headers={"Link": f'<{more}>; rel="next"'} if more else None)

    async def token(self, request: Request) -> JSONResponse:
        form = parse_qs((await request.body()).decode())
        self.asked.append({name: values[0] for name, values in form.items()})
        return JSONResponse({"access_token": "fresh", "token_type": "Bearer", "expires_in": 3600})


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def server(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(web_pages, "PATIENCE", web_pages.Patience(first_wait=0.01, longest_wait=0.05))
    with serving(service.app) as running:
        monkeypatch.setenv("SERVICE_URL", running.url)
        monkeypatch.setenv("SERVICE_TOKEN", "a-token")
        yield running


def source(bench: Bench, path: str, **more: Any) -> None:
    bench.definition["sources"]["s"] = {
        "connector": "rest",
        "url": "${SERVICE_URL}/" + path,
        "token": "${SERVICE_TOKEN}",
        "cursor": "at",
        "since": "since",
        "overlap": "1h",
        **more,
    }
    bench.definition["tables"][TABLE] = {"from": "s", "columns": {"customer_id": "id", "name": "name"}}


@pytest.mark.parametrize(
    ("path", "more"), [("linked", {"records": "data.items", "next": "paging.next"}), ("headed", {})]
)
def test_pages_are_followed_and_news_asked_for(
    bench: Bench, service: Service, server: Server, path: str, more: dict[str, str]
) -> None:
    source(bench, path, **more)
    assert bench.load(TABLE).inserted == 5
    service.rows[1] |= {"name": "changed", "at": "2025-09-06T00:00:00Z"}
    service.asked.clear()
    load = bench.load(TABLE)
    assert (load.read, load.updated) == (2, 1)
    assert service.asked == [{"since": "2025-09-04T23:00:00Z"}]
    assert bench.raw(TABLE, "customer_id, name") == sorted((row["id"], row["name"]) for row in service.rows)


def test_the_token_does_not_follow_a_link_to_another_host(
    bench: Bench, service: Service, server: Server
) -> None:
    other = Service()
    with serving(other.app) as foreign:
        service.elsewhere = f"{foreign.url}/linked"
        source(bench, "linked", records="data.items", next="paging.next")
        load = bench.load(TABLE)
    assert load.status == "failed"
    assert foreign.url in load.message
    assert other.asked == []


def test_a_token_is_fetched_with_client_credentials(
    bench: Bench, service: Service, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_SECRET", "a-secret")
    oauth = {"url": "${SERVICE_URL}/token", "client_id": "gantry", "client_secret": "${CLIENT_SECRET}"}
    source(bench, "headed", oauth={**oauth, "scope": "read"})
    del bench.definition["sources"]["s"]["token"]
    assert bench.load(TABLE).inserted == 5
    told = {"client_id": "gantry", "client_secret": "a-secret", "grant_type": "client_credentials"}
    assert service.asked[0] == {**told, "scope": "read"}
    assert service.shown == ["Bearer fresh"] * 3


def test_a_wrong_address_is_told(bench: Bench, server: Server) -> None:
    source(bench, "nowhere")
    load = bench.load(TABLE)
    assert load.status == "failed"
    assert "404" in load.message


def test_nothing_is_written_outside_of_the_lake(
    bench: Bench, server: Server, tmp_path: Path, project_root: Path
) -> None:
    source(bench, "headed")
    bench.write()
    bench.con.close()
    home = tmp_path / "home"
    home.mkdir()
    settings = bench.settings
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GANTRY_")},
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(project_root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GANTRY_KEY_FILE": str(tmp_path / "key"),
        "GANTRY_LAKE": str(settings.lake),
        "GANTRY_COMPANY": str(bench.folder),
    }
    command = [sys.executable, "-m", "cli.main", "ingest"]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with connect_lake(settings) as con:
        assert con.execute(f"select count(*) from lake.raw.raw_{TABLE}").fetchone() == (5,)
    left = [path for path in home.rglob("*") if path.is_file()]
    assert left == []
