"""The cockpit's texts and the labels of codes."""

from lake.labels import code_label
from lake.text import text

__all__ = ["as_label", "code_label", "say"]

_MARKDOWN = frozenset(r"\`*_{}[]()#+!|<>~$:")


def say(key: str, language: str, **values: object) -> str:
    """The message `key` of lake/messages/cockpit.yml."""
    return text(f"cockpit.{key}", language, **values)


def as_label(words: str) -> str:
    """Text as it is, where a label would be read as Markdown: names have stars and brackets."""
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in words)
