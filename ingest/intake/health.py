"""How the service is: `/health` as JSON (503 unless it is well), `/metrics` for Prometheus."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

COUNTERS = ("received", "acknowledged", "synced", "oversized", "readings", "broken", "duplicates", "batches")
GAUGES = (
    *("queue_messages", "queue_bytes", "disk_free_bytes"),
    *("is_connected", "is_subscribed", "last_flush_at", "started_at"),
)
#: What the HTTP side counts, where it serves.
HTTP_COUNTERS = (
    *("photos", "photos_known", "photo_bytes", "work_orders"),
    *("requests_refused", "requests_denied", "requests_not_stored"),
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
    for name in HTTP_COUNTERS if state["http"] else ():
        full = f"gantry_intake_http_{name}_total"
        lines += [f"# TYPE {full} counter", f"{full} {state['http'][name]}"]
    lines += ["# TYPE gantry_intake_disk_writable gauge"]
    lines += [f"gantry_intake_disk_writable {int(state['disk'] == 'writable')}"]
    return "\n".join([*lines, ""])
