"""The tokens of `tokens.css` as Python values: the only place colours and sizes come from."""

import re
from functools import cache
from pathlib import Path
from typing import Literal

Mode = Literal["light", "dark"]
TOKENS_FILE = Path(__file__).with_name("tokens.css")

_BLOCK = re.compile(r"(?P<selector>[^{}]+)\{(?P<body>[^}]*)\}")
_TOKEN = re.compile(r"--(?P<name>[\w-]+)\s*:\s*(?P<value>[^;]+);")


@cache
def tokens(mode: Mode) -> dict[str, str]:
    """The values by name, without the dashes in front («ink-2»); dark starts from light."""
    blocks = _blocks()
    return blocks["light"] if mode == "light" else blocks["light"] | blocks["dark"]


def css_variables() -> str:
    """CSS that defines all tokens; colours follow the colour scheme that Streamlit sets on the page."""
    light, dark = tokens("light"), tokens("dark")
    lines = [
        f"--{name}: {value};" if dark[name] == value else f"--{name}: light-dark({value}, {dark[name]});"
        for name, value in light.items()
    ]
    return ":root {\n" + "\n".join(lines) + "\n}\n"


def _blocks() -> dict[Mode, dict[str, str]]:
    source = re.sub(r"/\*.*?\*/", "", TOKENS_FILE.read_text(encoding="utf-8"), flags=re.DOTALL)
    found: dict[Mode, dict[str, str]] = {}
    for block in _BLOCK.finditer(source):
        mode: Mode = "dark" if "dark" in block["selector"] else "light"
        found[mode] = {match["name"]: match["value"].strip() for match in _TOKEN.finditer(block["body"])}
    return found
