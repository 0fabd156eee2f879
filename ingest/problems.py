"""What is wrong with a mapping or a source, told so that a person can put it right."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lake.text import text


@dataclass(frozen=True)
class Problem:
    """One mistake: where (file, 1-based line), what is wrong, what to write instead."""

    file: Path
    line: int | None
    what: str
    instead: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.what} {self.instead}".rstrip()


class MappingError(ValueError):
    """The company file cannot be used; `problems` lists every mistake found at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SourceError(ValueError):
    """A source file cannot be read as the mapping says; that table keeps yesterday's rows.

    `key` names the message in `lake/messages/ingest.yml`, `values` fill it.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key, values)

    def __str__(self) -> str:
        return self.in_language(None)

    def in_language(self, language: str | None) -> str:
        """The message in `language`; None is the environment's."""
        return text(f"ingest.{self.key}", language, **self.values)


def folded(name: str) -> str:
    """A column name as it is compared: trimmed, case-insensitive, blanks as underscores."""
    return re.sub(r"[\s_]+", "_", name.strip().casefold())


def closest(name: str, known: Iterable[str], count: int = 3) -> str:
    """The names most like `name`, comma-separated; empty when nothing is near."""
    by_folded = {folded(item): item for item in known}
    near = difflib.get_close_matches(folded(name), list(by_folded), n=count, cutoff=0.5)
    return ", ".join(by_folded[item] for item in near)
