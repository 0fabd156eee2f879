"""How a night tells whoever watches which asset it has finished."""

from typing import Protocol


class Progress(Protocol):
    """Receives a night's steps as they happen; the command line draws a bar from it."""

    def begin(self, total: int) -> None:
        """The night will finish `total` assets."""

    def start(self, asset: str) -> None:
        """Work on `asset` begins."""

    def finish(self, asset: str) -> None:
        """`asset` is done."""


class Silent:
    """A progress nobody watches: the schedule, the sensors, the tests."""

    def begin(self, total: int) -> None:
        """Ignore the total."""

    def start(self, asset: str) -> None:
        """Ignore the start."""

    def finish(self, asset: str) -> None:
        """Ignore the end."""
