"""The set-up scripts say what is wrong and what to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def copy(tmp_path: Path, project_root: Path) -> Path:
    """The set-up scripts alone, in a folder where nothing is installed."""
    shutil.copytree(project_root / "tools", tmp_path / "tools")
    for name in ("requirements.lock", "pyproject.toml", "Makefile"):
        shutil.copy(project_root / name, tmp_path / name)
    return tmp_path


def _run(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", f"tools/{script}"],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unsuitable_python_is_told(copy: Path) -> None:
    done = _run(copy, "setup.sh", PYTHON=shutil.which("false") or "/bin/false")
    assert done.returncode == 1
    assert "is not a Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (copy / ".venv").exists()


def test_no_python_at_all_is_told_with_what_to_install(copy: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "sha256sum", "cat", "head", "grep", "rm"):
        (programs / name).symlink_to(shutil.which(name) or "")
    done = _run(copy, "setup.sh", PATH=str(programs), PYTHON="")
    assert done.returncode == 1
    assert "apt-get install python3" in done.stderr


def test_a_finished_set_up_is_not_done_again(copy: Path) -> None:
    """The interpreter that runs this test stands in for an environment; its stamp is what counts."""
    (copy / ".venv" / "bin").mkdir(parents=True)
    (copy / ".venv" / "bin" / "python").symlink_to(os.path.realpath("/proc/self/exe"))
    files = ["requirements.lock", "pyproject.toml", "tools/setup.sh"]
    sums = subprocess.run(["sha256sum", *files], cwd=copy, capture_output=True, text=True, check=True).stdout
    (copy / ".venv" / ".setup").write_text(f"folder {copy}\n{sums}")
    done = _run(copy, "setup.sh", PYTHON="/nowhere")
    assert (done.returncode, done.stderr) == (0, "")

    with (copy / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    done = _run(copy, "setup.sh", PYTHON="/nowhere")
    assert done.returncode == 1, "a changed lock must install again"


def test_the_system_is_left_alone_where_asked(copy: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname"):
        (programs / name).symlink_to(shutil.which(name) or "")
    done = _run(copy, "install_test_system.sh", PATH=str(programs), GANTRY_NO_APT="1")
    assert done.returncode == 0
    assert "chromium" in done.stderr
    assert "skipped" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ("--", {}, ["sandbox run"]),
        ("--date 2025-01-01 -- --lake x", {}, ["sandbox run --lake x --until 2025-01-01"]),
        ("-- --company c --data d", {}, ["run --company c --data d", "up --company c --data d"]),
        ("--date 2025-01-01 -- --data d", {}, ["run --data d --date 2025-01-01", "up --data d"]),
        ("--", {"GANTRY_COMPANY": "c"}, ["run", "up"]),
    ],
)
def test_the_made_up_company_runs_unless_another_is_named(
    copy: Path, arguments: str, environment: dict[str, str], said: list[str]
) -> None:
    (copy / "bin").mkdir()
    program = copy / "bin" / "gantry"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    command = ["bash", "tools/run.sh", str(copy / "bin"), *arguments.split()]
    environment = {**os.environ, **environment}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (0, said)


def test_a_night_that_could_not_begin_shows_nothing(copy: Path) -> None:
    (copy / "bin").mkdir()
    program = copy / "bin" / "gantry"
    program.write_text('#!/bin/sh\necho "$@"\nexit 64\n')
    program.chmod(0o755)
    command = ["bash", "tools/run.sh", str(copy / "bin"), "--", "--company", "c"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (64, ["run --company c"])
