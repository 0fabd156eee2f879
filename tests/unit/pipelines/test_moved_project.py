"""A lake outlives the folder that the project lay in: what dbt carried from there is not gone by."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lake.settings import Settings
from pipelines import dbt_runs
from pipelines.dbt_runs import PROJECT, DbtProject


def parsed_in(folder: Path) -> SimpleNamespace:
    """What dbt answers: a manifest with a seed of a project in this folder, and a model."""
    seed = SimpleNamespace(resource_type="seed", root_path=str(folder))
    manifest = SimpleNamespace(nodes={"seed": seed, "model": SimpleNamespace(resource_type="model")})
    return SimpleNamespace(exception=None, result=manifest)


@pytest.mark.parametrize(("first", "asked"), [(PROJECT, 1), (Path("/opt/earlier/dbt_project"), 2)])
def test_a_parse_of_another_folder_is_made_anew(
    first: Path, asked: int, tmp_lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, calls = [parsed_in(first), parsed_in(PROJECT)], []

    class Runner:
        def invoke(self, arguments: list[str]) -> SimpleNamespace:
            calls.append(arguments)
            return answers[len(calls) - 1]

    monkeypatch.setattr(dbt_runs, "dbtRunner", Runner)
    assert DbtProject(tmp_lake).manifest is answers[asked - 1].result
    assert ["--no-partial-parse" in arguments for arguments in calls] == [False, True][:asked]
