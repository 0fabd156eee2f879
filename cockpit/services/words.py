"""The cockpit's texts and the labels of codes."""

from lake.labels import code_label
from lake.text import text

__all__ = ["code_label", "say"]


def say(key: str, language: str, **values: object) -> str:
    """The message `key` of lake/messages/cockpit.yml."""
    return text(f"cockpit.{key}", language, **values)
