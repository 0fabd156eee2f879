"""How the service is: `/health` as JSON (503 unless it is well), `/metrics` for Prometheus."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

COUNTERS = ("received", "acknowledged", "synced", "oversized", "readings", "broken", "duplicates", "batches")
GAUGES = (
    *("queue_messages", "queue_bytes", "disk_free_bytes"),
    *("is_connected", "is_subscribed", "last_flush_at", "started_at"),
)


def health_app(snapshot: Callable[[], dict[str, Any]]) -> Starlette:
    """The two pages over what `snapshot` tells."""

    async def health(request: Request) -> Response:
        state = snapshot()
        return JSONResponse(state, 200 if state["status"] == "ok" else 503)

    async def metrics(request: Request) -> Response:
        return PlainTextResponse(as_metrics(snapshot()), media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/health", health), Route("/metrics", metrics)])


def as_metrics(state: dict[str, Any]) -> str:
    """The state in Prometheus' text form."""
    lines = []
    for kind, names in (("counter", COUNTERS), ("gauge", GAUGES)):
        for name in names:
            full = f"gantry_intake_{name}" + ("_total" if kind == "counter" else "")
            lines += [f"# TYPE {full} {kind}", f"{full} {float(state[name] or 0):g}"]
    lines += ["# TYPE gantry_intake_disk_writable gauge"]
    lines += [f"gantry_intake_disk_writable {int(state['disk'] == 'writable')}"]
    return "\n".join([*lines, ""])


class HealthServer:
    """Serves the pages from a thread until stopped."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        config = uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="off")
        self.server = uvicorn.Server(config)
        # Bound here, in the caller's thread: a port that is taken is an error for whoever chose it.
        self.socket = socket.create_server((host, port))
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}, name="health", daemon=True
        )

    @property
    def port(self) -> int:
        """The port in use, also where any free one was asked for."""
        return self.socket.getsockname()[1]

    def start(self) -> None:
        """Serve."""
        self.thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()
