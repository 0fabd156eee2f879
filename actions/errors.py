"""Refusals of the action store, each telling what, why and what to do, in both languages."""

from lake.text import text


class ActionError(Exception):
    """An action was refused and nothing was stored.

    `key` is the message in `lake/messages/actions.yml`; `values` fill its placeholders.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(self.tell())

    def tell(self, language: str | None = None) -> str:
        """The refusal as a sentence in `language` (unset: the environment's)."""
        return text(f"actions.{self.key}", language, **self.values)


class StaleVersionError(ActionError):
    """Somebody else acted on the same subject since the page was read; both values are told."""

    def __init__(self, *, expected: int, current: int, yours: str, theirs: str, by: str, at: str) -> None:
        self.expected = expected
        self.current = current
        self.yours = yours
        self.theirs = theirs
        super().__init__(
            "stale", expected=expected, current=current, yours=yours, theirs=theirs, by=by, at=at
        )


class InvalidActionError(ActionError):
    """The action breaks a rule of its kind; the message names the field."""


class ReusedActionIdError(ActionError):
    """The same client-made id came with another content: a mistake in the client, not a repeat."""


class StoreUnavailableError(ActionError):
    """The store can't be opened or written; nothing was saved."""
