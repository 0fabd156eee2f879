"""Who may send by HTTP: callers by name, each with a token of its own."""

import hashlib
import hmac
import re

from ingest.intake.errors import IntakeError
from lake.settings import Settings
from lake.text import text

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
SHORTEST = 16
SCHEME = "bearer"


class Callers:
    """The names and tokens of `name:token,name:token`. Raises IntakeError, which never shows a token."""

    def __init__(self, settings: Settings) -> None:
        listed = settings.intake_tokens.get_secret_value() if settings.intake_tokens else ""
        pairs = [pair.strip().partition(":") for pair in listed.split(",") if pair.strip()]
        for name, _, token in pairs:
            if not NAME.fullmatch(name) or len(token) < SHORTEST or not token.isascii():
                shown = name if NAME.fullmatch(name) else "?"
                raise IntakeError(text("intake.bad_token", settings.language, name=shown, shortest=SHORTEST))
        if len({name for name, *_ in pairs}) < len(pairs):
            raise IntakeError(text("intake.token_twice", settings.language))
        self._digests = {name: _digest(token) for name, _, token in pairs}

    def __len__(self) -> int:
        return len(self._digests)

    def caller(self, authorization: str) -> str | None:
        """Whose token the header `Authorization` carries; None when it is nobody's.

        Each known token is compared, and in constant time: how long it takes tells nothing of them.
        """
        scheme, _, token = authorization.partition(" ")
        given, found = _digest(token.strip()), None
        for name, digest in self._digests.items():
            if hmac.compare_digest(given, digest):
                found = name
        return found if scheme.lower() == SCHEME else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
