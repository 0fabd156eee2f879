"""The ledger `dbt_project/figures.lock.yml`: which definition each version of each figure stands for.

`python -m pipelines.figure_versions` adds what is new and refuses a definition that changed under the same
version: readers compare lines by version, so a line must never change its meaning silently.
"""

import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lake.settings import PROJECT_ROOT
from pipelines.figure_docs import write_figures
from pipelines.figures import MODELS, FigureBlock, blocks_of_files, defaults_in, plain, rows_of

LOCK = PROJECT_ROOT / "dbt_project" / "figures.lock.yml"
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
DEFAULTS_SEED = "figure_default"
REFERENCE = re.compile(r"ref\(\s*['\"](\w+)['\"]")
HEAD = """# Definitions of figures by version, written by `python -m pipelines.figure_versions`, not by hand.
# A fingerprint stands for formula, SQL over the rows, and the rows of the seeds that the figure depends on.
"""
Ledger = dict[str, list[dict[str, Any]]]


class ChangedDefinitionError(ValueError):
    """Definitions changed under a version that is taken; the message says what to do, figure by figure."""


def fingerprint(block: FigureBlock, models: Path = MODELS, seeds: Path = SEEDS) -> str:
    """Changes with the formula, the SQL over the rows, and the choices and weights behind them."""
    content = plain(block.content)
    told = {
        "formula": content["formula"],
        "of": content.get("of"),
        "unit": content["unit"],
        "choices": _choices(content, _code(block, models), seeds),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def defaults_of(block: FigureBlock, models: Path = MODELS) -> list[str]:
    """The choices of seed figure_default that a figure depends on.

    Those it lists itself; else those that its own mart and the table it counts name in their SQL.
    """
    return _defaults(plain(block.content), _code(block, models))


def extended(
    ledger: Ledger, blocks: Iterable[FigureBlock], models: Path = MODELS, seeds: Path = SEEDS
) -> Ledger:
    """The ledger with what is new in `blocks`; figures that are gone keep their lines.

    Raises ChangedDefinitionError when a definition changed and its version did not.
    """
    result: Ledger = {figure_id: list(lines) for figure_id, lines in ledger.items()}
    problems = []
    for block in blocks:
        content = plain(block.content)
        lines = result.setdefault(content["id"], [])
        line = {
            "version": content["version"],
            "since": content["since"],
            "fingerprint": fingerprint(block, models, seeds),
        }
        known = {each["version"]: each for each in lines}
        if line["version"] not in known:
            lines.append(line)
        elif known[line["version"]] != line:
            problems.append(_advice(block, line, known[line["version"]]))
    if problems:
        raise ChangedDefinitionError("\n".join(problems))
    return {figure_id: result[figure_id] for figure_id in sorted(result)}


def read_ledger(path: Path = LOCK) -> Ledger:
    """The ledger as it is kept; empty before the first."""
    if not path.exists():
        return {}
    return plain(yaml.safe_load(path.read_text(encoding="utf-8")) or {})


def write_ledger(ledger: Ledger, path: Path = LOCK) -> None:
    """Keep the ledger, one line a version."""
    lines = []
    for figure_id, versions in ledger.items():
        lines.append(f"{figure_id}:")
        lines += [
            "  - {{version: {version}, since: {since}, fingerprint: '{fingerprint}'}}".format(**each)
            for each in versions
        ]
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Bring the ledger and `docs/figures.md` up to date; 1 when a definition changed and its version not."""
    blocks = blocks_of_files()
    rows_of(blocks)
    try:
        write_ledger(extended(read_ledger(), blocks))
        write_figures(blocks)
    except ChangedDefinitionError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _advice(block: FigureBlock, now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    figure_id, version = block.content["id"], now["version"]
    if now["fingerprint"] == before["fingerprint"]:
        return (
            f"{block.place}: version {version} of {figure_id} is in force since {before['since']},"
            f" not {now['since']}: write the day back"
        )
    return (
        f"{block.place}: the definition of {figure_id} changed (formula, of, unit or a seed behind it) and is"
        f" still version {version}: write version: {version + 1}, since: the first day of the new one,"
        f" why: {{zh: …, en: …}}, move the old formula under earlier, then run"
        " `python -m pipelines.figure_versions`; or take the change back"
    )


def _code(block: FigureBlock, models: Path) -> str:
    """The SQL, before dbt, of the figure's mart and of the table it counts."""
    names = {block.model, block.content.get("of", {}).get("from", block.model)}
    return "\n".join(
        path.read_text(encoding="utf-8")
        for name in sorted(names)
        for path in sorted(models.rglob(f"{name}.sql"))
    )


def _defaults(content: Mapping[str, Any], code: str) -> list[str]:
    return sorted(content["defaults"] if "defaults" in content else set(defaults_in(code)))


def _choices(content: Mapping[str, Any], code: str, seeds: Path) -> dict[str, Any]:
    """The rows of seeds behind a figure: the choices it names, and whole seeds that its SQL reads."""
    rows = {row["name"]: row for row in _rows(seeds / f"{DEFAULTS_SEED}.csv")}
    used: dict[str, Any] = {name: rows.get(name) for name in _defaults(content, code)}
    for name in sorted(set(REFERENCE.findall(code)) - {DEFAULTS_SEED}):
        path = seeds / f"{name}.csv"
        if path.exists() and "defaults" not in content:
            used[f"seed {name}"] = _rows(path)
    return used


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main())
