"""What a caller is told when a request is not taken, in both languages."""

from lake.text import both


class RefusedError(Exception):
    """A request that is not taken: HTTP status, code, and the message in both languages."""

    def __init__(self, status: int, code: str, **values: object) -> None:
        super().__init__(code)
        self.status, self.code = status, code
        self.message = both(f"intake.http_{code}", **values)

    @property
    def body(self) -> dict[str, object]:
        """The answer's content."""
        return {"error": {"code": self.code, **self.message}}


class BrokenBodyError(RefusedError):
    """A body that is no report (422): refused, and kept in quarantine for whoever looks after the data."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(422, code, **values)
