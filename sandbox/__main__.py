"""``python -m sandbox --out DIR``: write the example company's files."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from lake.text import text
from sandbox.example import SCALE, SEED, write_example


def main(arguments: list[str] | None = None) -> None:
    """Write the files and say how many; ``--until`` is yesterday in China unless given."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=text("sandbox.help"))
    parser.add_argument("--out", type=Path, required=True, help=text("sandbox.help_out"))
    parser.add_argument("--seed", type=int, default=SEED, help=text("sandbox.help_seed"))
    parser.add_argument("--scale", type=float, default=SCALE, help=text("sandbox.help_scale"))
    parser.add_argument("--until", type=date.fromisoformat, default=None, help=text("sandbox.help_until"))
    options = parser.parse_args(arguments)
    try:
        example = write_example(options.out, seed=options.seed, scale=options.scale, until=options.until)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    rows, files = sum(example.rows.values()), len(example.files)
    sys.stdout.write(
        text("sandbox.written", rows=f"{rows:,}", files=files, out=options.out, until=example.until) + "\n"
    )


if __name__ == "__main__":
    main()
