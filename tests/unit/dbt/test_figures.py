"""The figures of the project: registered rightly, versioned, described, and all that the cockpit shows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.figure_docs import render_figures
from pipelines.figure_versions import extended, read_ledger
from pipelines.figures import FigureBlock, blocks_of_files, problems

RUN = "run: python -m pipelines.figure_versions"
#: Tiles that show no registered figure, by the key of their name, each with its reason.
PLAIN_TILES = {
    "tile_customers": "a size of the company, nothing to be good or bad at",
    "tile_orders_year": "a count of rows beside its year, shown for scale",
    "tile_silent": "a count of forecasts, whose method stands beside it",
    "tile_open_projects": "a size of the company",
    "tile_started": "a count of rows for scale",
    "tile_finished": "a count of rows for scale",
    "tile_overdue_open": "part of the milestones listed below it",
    "tile_over_threshold": "part of the milestones listed below it",
    "tile_scored": "how many suppliers the page is about",
    "tile_at_risk": "a count of positions by the registered risk of each of them",
    "tile_late_orders": "open work of the moment; the registered service level counts what was due",
    "tile_silent_devices": "a count of the newest day, from the days whose uptime is registered",
    "tile_held_readings": "rows in quarantine, which the data page counts too",
    "tile_tables": "the data page counts what figures stand on",
    "tile_rows_read": "the data page counts what figures stand on",
    "tile_rows_kept": "the data page counts what figures stand on",
    "tile_waiting": "the data page counts what figures stand on",
    "tile_checks": "the data page counts what figures stand on",
    "tile_data_until": "the data page counts what figures stand on",
}
TILES = {"share_tile", "number_tile"}


@pytest.fixture(scope="module")
def blocks() -> list[FigureBlock]:
    return blocks_of_files()


def test_every_figure_is_registered_rightly(blocks: list[FigureBlock], project_root: Path) -> None:
    models = {file.stem for file in (project_root / "dbt_project" / "models").rglob("*.sql")}
    assert problems(blocks, models) == []


def test_a_changed_definition_has_a_new_version(blocks: list[FigureBlock]) -> None:
    assert extended(read_ledger(), blocks) == read_ledger(), RUN


def test_the_document_of_figures_is_current(blocks: list[FigureBlock], project_root: Path) -> None:
    written = (project_root / "docs" / "figures.md").read_text(encoding="utf-8")
    assert written == render_figures(blocks), RUN


def test_the_cockpit_shows_registered_figures_and_a_few_plain_tiles(
    blocks: list[FigureBlock], project_root: Path
) -> None:
    files = sorted((project_root / "cockpit").rglob("*.py"))
    shown = {name for file in files for name in figures_shown(file.read_text(encoding="utf-8"))}
    assert len(shown) > 5, "the cockpit asks for figures in another way now: say here in which"
    assert shown - {block.content["id"] for block in blocks} == set()


def test_a_tile_without_a_figure_is_on_the_list_with_its_reason(project_root: Path) -> None:
    files = sorted((project_root / "cockpit" / "services").glob("*.py"))
    plain = {name for file in files for name in plain_tiles(file.read_text(encoding="utf-8"))}
    assert plain == PLAIN_TILES.keys()


def figures_shown(code: str) -> Iterator[str]:
    """Ids that code asks the register for: `figures.get("…")`, `figures["…"]` and `ratio("…", …)`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Subscript) and _is_register(node.value):
            yield from _text(node.slice)
        if isinstance(node, ast.Call) and node.args:
            asks = isinstance(node.func, ast.Attribute) and node.func.attr == "get"
            if asks and _is_register(node.func.value):
                yield from _text(node.args[0])
            if isinstance(node.func, ast.Name) and node.func.id == "ratio":
                yield from _text(node.args[0])


def plain_tiles(code: str) -> Iterator[str]:
    """Keys of the names of tiles that are made without a figure, by themselves or by a function for it."""
    tree = ast.parse(code)
    makers = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if _is_plain(node) and not any(_tile_keys(node))
    }
    for node in ast.walk(tree):
        by_maker = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers
        if _is_plain(node) or by_maker:
            yield from _tile_keys(node)


def _is_plain(node: ast.AST) -> bool:
    is_tile = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TILES
    return is_tile and isinstance(node.args[0], ast.Constant) and node.args[0].value is None


def _is_register(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "figures"


def _tile_keys(node: ast.AST) -> list[str]:
    assert isinstance(node, ast.Call)
    texts = [text for argument in node.args for part in ast.walk(argument) for text in _text(part)]
    return [text for text in texts if text.startswith("tile_")]


def _text(node: ast.AST) -> list[str]:
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_the_checks_of_tiles_see_what_they_should() -> None:
    code = """
def tiles(figures):
    def plain(key, value):
        return number_tile(None, say(key), value)
    return [
        share_tile(figures.get("otif"), say("tile_otif"), 1, 2),
        number_tile(None, say("tile_bare"), 3),
        plain("tile_made", 4),
        ratio("on_time", "tile_on_time"),
    ]
"""
    assert set(figures_shown(code)) == {"otif", "on_time"}
    assert set(plain_tiles(code)) == {"tile_bare", "tile_made"}
