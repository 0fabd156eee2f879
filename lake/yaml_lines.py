"""YAML with line numbers: plain Python values to check, and for each path the line it stands on."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

Steps = Sequence[str | int]


class YamlSyntaxError(ValueError):
    """Not YAML; `line` is 1-based where known."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


class YamlDocument:
    """One YAML file as plain values (`value`) that still knows its lines (`line_of`)."""

    def __init__(self, path: Path) -> None:
        loader = YAML(typ="rt")
        try:
            self._tree = loader.load(path.read_text(encoding="utf-8-sig"))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise YamlSyntaxError(str(error.problem or error), mark.line + 1 if mark else None) from error
        self.value: Any = _plain(self._tree)

    def line_of(self, steps: Steps) -> int | None:
        """The 1-based line of the entry at `steps`; of its nearest parent where it does not exist."""
        node, line = self._tree, None
        for step in steps:
            found = _entry(node, step)
            if found is None:
                return line
            line, node = found
        return line


def _entry(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, Mapping):
        for key in node:
            if _plain_key(key) == str(step):
                return node.lc.key(key)[0] + 1, node[key]
    elif isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node.lc.item(step)[0] + 1, node[step]
    return None


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {_plain_key(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, datetime.date):
        return node.isoformat()
    if node is None or isinstance(node, bool):
        return node
    for kind in (int, float):
        if isinstance(node, kind):
            return kind(node)
    return str(node)


def _plain_key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def as_list(value: object) -> list:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]
