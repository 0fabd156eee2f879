"""`gantry backtest schedule` reads archives and folders, names what it cannot read, tells one JSON object."""

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.common import EXIT_USAGE
from cli.main import app

NETWORK = """\
***
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          1           2
   2        1          0
***
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
---
  1      1     3       1
  2      1     DAYS       1
***
RESOURCEAVAILABILITIES:
  R 1
    1
***
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three networks, one of them broken, and a list of best known makespans that knows two."""
    path = tmp_path / "toy.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name, days in (("t1", "4"), ("t2", "5"), ("t3", "many")):
            opened.writestr(f"toy.sm/{name}.sm", NETWORK.replace("DAYS", days))
        opened.writestr("toy.sm/best.csv", "problem,optimum\nt1.sm,7\nt2.sm,..8\n")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backtest", "schedule", *arguments])


def test_an_archive_gives_one_json_object_and_names_what_it_left_out(archive: Path) -> None:
    result = run("--networks", str(archive), "--limit", "5", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["task"], told["n"], told["origins"]) == ("schedule", 2, ["toy"])
    assert told["metrics"]["model"]["mean_gap_pct"] == 0
    assert "toy/t3.sm" in result.stderr


def test_a_folder_is_read_like_an_archive_and_a_sample_of_it(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "out")
    both = json.loads(run("--networks", str(tmp_path / "out"), "--json").stdout)
    one = json.loads(run("--networks", str(tmp_path / "out"), "--sample", "1", "--json").stdout)
    assert (both["n"], one["n"]) == (2, 1)


def test_for_people_it_is_a_table(archive: Path) -> None:
    result = run("--networks", str(archive), "--limit", "1", "--deterministic")
    assert result.exit_code == 0
    assert "mean_gap_pct" in result.stdout


@pytest.mark.parametrize("extra", [["--limit", "0"], ["--networks", "nowhere.zip"], ["--sample", "0"]])
def test_wrong_use_says_so(archive: Path, extra: list[str]) -> None:
    result = run("--networks", str(archive), *extra)
    assert result.exit_code in (EXIT_USAGE, 2)
    assert "Traceback" not in result.output


def test_a_folder_without_networks_and_a_file_that_is_no_archive(tmp_path: Path) -> None:
    assert run("--networks", str(tmp_path)).exit_code == EXIT_USAGE
    (tmp_path / "broken.zip").write_text("no archive")
    result = run("--networks", str(tmp_path / "broken.zip"))
    assert result.exit_code == EXIT_USAGE
    assert "broken.zip" in result.output.replace("\n", "")
