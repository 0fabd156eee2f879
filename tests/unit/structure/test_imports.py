"""The import rules hold the design's table of rooms: planted imports are told, allowed ones pass."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support.sources import ROOMS

MAY_IMPORT = {
    "lake": (),
    "ingest": ("lake",),
    "sandbox": ("lake",),
    "ml": ("lake",),
    "actions": ("lake",),
    "reports": ("lake",),
    "pipelines": ("lake", "ingest", "ml", "actions", "reports"),
    "cockpit": ("lake", "actions", "reports"),
    "cli": tuple(room for room in ROOMS if room != "cli"),
}


CHECK = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"


def _plant(folder: Path, project_root: Path, edges: dict[str, list[str]]) -> None:
    """Make empty rooms under the project's rules, with a module for each planted import."""
    for room in ROOMS:
        (folder / room).mkdir()
        (folder / room / "__init__.py").touch()
    (folder / "ml" / "delay").mkdir()
    for name in ("__init__.py", "read.py", "train.py"):
        (folder / "ml" / "delay" / name).touch()
    for room, targets in edges.items():
        for target in targets:
            (folder / room / _module(target)).with_suffix(".py").write_text(f"import {target}\n")
    (folder / "pyproject.toml").write_text((project_root / "pyproject.toml").read_text(encoding="utf-8"))


def _module(target: str) -> str:
    return f"to_{target.replace('.', '_')}"


def _check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter on the planted rooms, not on the project's own, which the environment's path names."""
    command = [sys.executable, "-c", CHECK, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_allowed_imports_pass(tmp_path: Path, project_root: Path) -> None:
    allowed = {room: list(targets) for room, targets in MAY_IMPORT.items()}
    allowed["cockpit"] += ["ml.delay.read", "streamlit"]
    allowed["pipelines"] += ["dagster"]
    _plant(tmp_path, project_root, allowed)
    done = _check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_forbidden_imports_are_told(tmp_path: Path, project_root: Path) -> None:
    forbidden = {
        room: [other for other in ROOMS if other != room and other not in targets]
        for room, targets in MAY_IMPORT.items()
    }
    forbidden["cockpit"] += ["ml.delay.train", "dagster"]
    forbidden["ml"] += ["streamlit", "dagster"]
    _plant(tmp_path, project_root, forbidden)
    done = _check(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    edges = [(room, target) for room, targets in forbidden.items() for target in targets]
    told = done.stdout.replace("\n", " ")
    untold = [(r, t) for r, t in edges if f"{r}.{_module(t)} -> {t}" not in told]
    assert untold == []


def test_all_rooms_are_checked(project_root: Path) -> None:
    configured = tomllib.loads((project_root / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(configured["root_packages"]) == set(ROOMS)


def test_an_import_by_way_of_another_room_is_told(tmp_path: Path, project_root: Path) -> None:
    _plant(tmp_path, project_root, {"ingest": ["lake.scheduling"]})
    (tmp_path / "lake" / "scheduling.py").write_text("import dagster\n")
    done = _check(tmp_path)
    assert done.returncode == 1
    assert "ingest is not allowed to import dagster" in done.stdout
