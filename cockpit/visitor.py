"""A visitor of the cockpit without a browser: Streamlit's own messages over one websocket.

What the server does for it is what it does for a browser: it runs the page, sends every element and keeps
the session's state; nothing is drawn. So a server that has just started is made warm before people come, and
what the server takes by itself is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect

from cockpit.shell.navigation import START

STREAM_PATH = "/_stcore/stream"
KINDS = {
    Alert.Format.ERROR: "error",
    Alert.Format.WARNING: "warning",
    Alert.Format.INFO: "info",
    Alert.Format.SUCCESS: "success",
}


@dataclass
class Run:
    """What one run of a page brought: how long it took, what it said, and its widgets by their own key."""

    seconds: float = 0.0
    alerts: list[tuple[str, str]] = field(default_factory=list)
    widgets: dict[str, Any] = field(default_factory=dict)
    has_crashed: bool = False

    def said(self, *kinds: str) -> list[str]:
        """The texts of these kinds of alerts."""
        return [text for kind, text in self.alerts if kind in kinds]


class CockpitSession:
    """One open session; use as an asynchronous context manager."""

    def __init__(self, address: str, cookies: Mapping[str, str]) -> None:
        """A session that has yet to connect; `address` is the server's, as a browser would be given it."""
        self._address = address
        self._cookies = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._pages: dict[str, str] = {}
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> CockpitSession:
        """Connect and let the start page run."""
        self._socket = await connect(
            self._address.replace("http", "ws", 1) + STREAM_PATH,
            subprotocols=["streamlit"],
            additional_headers={"Cookie": self._cookies},
            max_size=None,
            proxy=None,
        )
        self.first = await self.run()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave, as a closed tab does."""
        assert self._socket is not None
        await self._socket.close()

    async def run(self, page: str = "", query: str = "", states: Iterable[WidgetState] = ()) -> Run:
        """Ask for a page (empty: the start page) with widgets set, and read until it has run to its end."""
        assert self._socket is not None, "connect first"
        asked = BackMsg(
            rerun_script=ClientState(
                query_string=query,
                page_script_hash=self._pages[page] if page else "",
                widget_states=WidgetStates(widgets=list(states)),
                context_info=ContextInfo(timezone="UTC", locale="en-GB", url=f"{self._address}/{page}"),
            )
        )
        began = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        run = Run()
        while True:
            message = ForwardMsg.FromString(_bytes(await self._socket.recv()))
            kind = message.WhichOneof("type")
            if kind == "navigation":
                # The start page has no path of its own.
                self._pages = {
                    each.url_pathname or START: each.page_script_hash for each in message.navigation.app_pages
                }
            elif kind == "new_session":
                # A page that starts itself anew shows only what its last run drew.
                run = Run()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                _note(run, message.delta.new_element)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                run.seconds = time.perf_counter() - began
                run.has_crashed |= message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR
                return run


def warm_up(address: str, pages: Sequence[str]) -> None:
    """Let a server load its code and read what is published, by visiting the start page and these.

    Raises OSError or WebSocketException when the server does not answer.
    """
    asyncio.run(_visit(address, pages))


async def _visit(address: str, pages: Sequence[str]) -> None:
    async with CockpitSession(address, {}) as session:
        for page in pages:
            await session.run(page)


def set_to(widget: Any, **value: Any) -> WidgetState:
    """The state of a widget, as `string_value="…"` or what its kind takes; `…=[…]` fills an array."""
    state = WidgetState(id=widget.id)
    for name, each in value.items():
        if isinstance(each, list):
            getattr(state, name).data.extend(each)
        else:
            setattr(state, name, each)
    return state


def _bytes(received: str | bytes) -> bytes:
    if isinstance(received, str):
        raise TypeError(f"the cockpit speaks in bytes, not in text: {received[:80]}")
    return received


def _note(run: Run, element: Any) -> None:
    kind = element.WhichOneof("type")
    if kind is None:
        return
    part = getattr(element, kind)
    if kind == "alert":
        run.alerts.append((KINDS.get(part.format, ""), part.body))
    elif kind == "exception":
        run.has_crashed = True
        run.alerts.append(("error", part.message))
    identity = getattr(part, "id", "")
    # Streamlit's ids end with the key that the page gave: «$$ID-<hash>-<key>».
    if isinstance(identity, str) and identity.count("-") > 1:
        run.widgets[identity.split("-", 2)[2]] = part
