"""Examples in the documents, as they stand there."""

import re
from pathlib import Path


def examples(path: Path, language: str) -> list[str]:
    """The fenced blocks of that language, in order."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def exported(block: str) -> dict[str, str]:
    """The variables that a shell block exports, without quotes."""
    lines = re.findall(r"^export (\w+)=(.*)$", block, re.MULTILINE)
    return {name: value.strip("'\"") for name, value in lines}
