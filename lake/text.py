"""The message catalogue: every sentence a user reads, in Chinese and English, side by side.

Texts live in `lake/messages/<room>.yml` as `key: {zh: …, en: …}`; keys are named `<room>.<key>`.
"""

import locale
import os
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Language = Literal["zh", "en"]
MESSAGES = Path(__file__).parent / "messages"


def text(key: str, language: str | None = None, **values: object) -> str:
    """The message `key` in `language` (unset: the environment's) with its placeholders filled.

    Raises KeyError for an unknown key or a missing placeholder: both are mistakes in code.
    """
    message = catalogue(key.partition(".")[0])[key.partition(".")[2]][language or default_language()]
    return message.format(**values) if values else message


def both(key: str, **values: object) -> dict[str, str]:
    """The message `key` in both languages, for storing beside data."""
    return {"zh": text(key, "zh", **values), "en": text(key, "en", **values)}


@cache
def catalogue(room: str) -> dict[str, dict[str, str]]:
    """All messages of one room by key, each a dictionary by language."""
    with (MESSAGES / f"{room}.yml").open(encoding="utf-8") as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (both are safe)


def default_language() -> Language:
    """`GANTRY_LANGUAGE` when set, else Chinese where the locale is Chinese, else English."""
    chosen = os.environ.get("GANTRY_LANGUAGE")
    if chosen in ("zh", "en"):
        return "zh" if chosen == "zh" else "en"
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or _locale()
    return "zh" if name.lower().startswith("zh") else "en"


def _locale() -> str:
    return locale.getlocale()[0] or ""
