"""The README's examples as really printed; `python -m tests.support.readme` runs them and writes them.

A block of the language `console` begins with a line `$ command`; what follows is what the command printed.
"""

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
READMES = {"README.md": "en", "README.zh.md": "zh"}
SHOWN_LAKE = "/tmp/tutorial"
BLOCK = re.compile(r"^```console\n\$ (?P<command>.+)\n(?P<output>(?:(?!```).*\n)*)```$", re.MULTILINE)
SECONDS = re.compile(r"\d+\.\d(?= s\b| ?秒)")
WIDTH = "100"


def refreshed(text: str, language: str, lake: Path) -> str:
    """The README's text with every example's output as it is now, on a lake at `lake`."""

    def run(block: re.Match[str]) -> str:
        return f"```console\n$ {block['command']}\n{output_of(block['command'], language, lake)}```"

    return BLOCK.sub(run, text)


def output_of(command: str, language: str, lake: Path) -> str:
    """What a command of the README prints, both streams, at a fixed width, seconds made equal."""
    arguments = shlex.split(command.replace(SHOWN_LAKE, str(lake)))
    done = subprocess.run(
        arguments,
        cwd=PROJECT_ROOT,
        env={**os.environ, "GANTRY_LANGUAGE": language, "COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    printed = done.stdout.replace(str(lake), SHOWN_LAKE).replace(f"{PROJECT_ROOT}/", "")
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    return "".join(f"{line}\n" for line in lines)


def steady(text: str) -> str:
    """The text with what differs from run to run made equal."""
    return SECONDS.sub("1.0", text)


def main() -> None:
    """Write the examples of both READMEs anew."""
    for name, language in READMES.items():
        path = PROJECT_ROOT / name
        with tempfile.TemporaryDirectory() as folder:
            path.write_text(refreshed(path.read_text("utf-8"), language, Path(folder) / "tutorial"), "utf-8")


if __name__ == "__main__":
    main()
