"""A real HTTP server in a thread, on a port of its own, that can be stopped and started again."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

STOP_TIMEOUT_S = 20


class Server:
    """Runs one ASGI application; the port stays the same over stops and starts."""

    def __init__(self, app: Any) -> None:
        self.app = app
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; requests are taken from here on, because the socket listens before the thread starts."""
        listening = socket.create_server(("127.0.0.1", self.port))
        config = uvicorn.Config(self.app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listening]}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Stop listening; open connections are closed."""
        self.server.should_exit = True
        self.thread.join(STOP_TIMEOUT_S)
        assert not self.thread.is_alive()


@contextlib.contextmanager
def serving(app: Any) -> Iterator[Server]:
    """A running server of `app`, stopped at the end."""
    server = Server(app)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Fickle:
    """Wraps an ASGI application so that the next answers go wrong in a way that a test chooses.

    `next` holds what happens to coming requests, one each: a status with headers, or "die": half a page is
    sent and then the connection breaks. Requests beyond it are answered well; `asked` are all of them.
    """

    def __init__(self, app: Any) -> None:
        self.app, self.next, self.asked = app, [], []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append((scope["path"], scope["query_string"].decode()))
        mood = self.next.pop(0) if self.next else None
        if mood is None:
            await self.app(scope, receive, send)
        elif mood == "die":
            headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"value": [{"cust', "more_body": True})
            raise ConnectionResetError("the server dies in the middle of a page")
        else:
            status, headers = mood
            sent = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": sent})
            await send({"type": "http.response.body", "body": b""})
