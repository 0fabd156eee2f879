"""A web application served from a thread."""

import socket
import threading
from typing import Any

import uvicorn
from starlette.applications import Starlette

#: How long requests under way have to end.
LEAVE_SECONDS = 25


class AppServer:
    """Serves an application until stopped."""

    def __init__(self, app: Starlette, host: str, port: int, name: str, **options: Any) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=LEAVE_SECONDS,
            **options,
        )
        self.server = uvicorn.Server(config)
        # Bound here, in the caller's thread: a port that is taken is an error for whoever chose it.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.create_server((host, port), family=family)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}, name=name, daemon=True
        )

    @property
    def port(self) -> int:
        """The port in use, also where any free one was asked for."""
        return self.socket.getsockname()[1]

    def start(self) -> None:
        """Serve."""
        self.thread.start()

    def stop(self) -> None:
        """Stop serving once the requests under way are answered."""
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()
