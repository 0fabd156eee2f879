"""Words that people leave beside a thing: no value of it changes, and nobody is kept from writing."""

from __future__ import annotations

from typing import ClassVar

from actions.kinds.base import Payload, check_words


class Comment(Payload):
    """Words about anything; the subject id is `<type>:<id>`, such as `milestone:M1`.

    Taken back, a comment is struck through: its words stay in the history.
    """

    kind_code: ClassVar[str] = "comment"
    subject_type: ClassVar[str] = "comments"

    words: str

    def value(self) -> str:
        """The words, cut for a message."""
        return self.words if len(self.words) <= 80 else f"{self.words[:79]}…"

    def check(self, reason_code: str, reason: str) -> None:
        """Words are there."""
        super().check(reason_code, reason)
        check_words("words", self.words)
