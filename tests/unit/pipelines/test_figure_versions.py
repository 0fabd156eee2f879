"""A definition that changes opens a version; under its old version it is refused, with what to do."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.figure_versions import (
    ChangedDefinitionError,
    defaults_of,
    extended,
    fingerprint,
    read_ledger,
    write_ledger,
)
from pipelines.figures import FigureBlock
from tests.unit.pipelines.test_figures import EARLIER, FIGURE, WHY, changed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two models that name choices and weights, and their seeds."""
    models, seeds = tmp_path / "models", tmp_path / "seeds"
    models.mkdir()
    seeds.mkdir()
    (models / "fct_purchase_line.sql").write_text("select {{ figure_default('otif_tolerance_days') }}")
    (models / "mart_supplier_scorecard.sql").write_text("select * from {{ ref('scorecard_weight') }}")
    set_seed(tmp_path, days=0)
    (seeds / "scorecard_weight.csv").write_text("part,weight,version\notif,1,1\n")
    return tmp_path


def set_seed(project: Path, *, days: int, version: int = 1, other: int = 90) -> None:
    (project / "seeds" / "figure_default.csv").write_text(
        f"name,value,unit,version\notif_tolerance_days,{days},days,{version}\nidle_days,{other},days,1\n"
    )


def block(figure: dict[str, Any] = FIGURE) -> FigureBlock:
    return FigureBlock("_supply.yml", "mart_supplier_scorecard", "otif_share", figure)


def ledger(project: Path, before: Any = None, figure: dict[str, Any] = FIGURE) -> Any:
    return extended(before or {}, [block(figure)], project / "models", project / "seeds")


def test_a_new_figure_gets_its_line_and_an_unchanged_one_keeps_it(project: Path) -> None:
    first = ledger(project)
    assert ledger(project, first) == first


def test_a_changed_formula_under_the_same_version_is_refused_with_what_to_do(project: Path) -> None:
    first = ledger(project)
    wider = changed(formula={"zh": "含容差", "en": "with tolerance"})
    with pytest.raises(ChangedDefinitionError, match=r"write version: 2, since: .*, why: .*figure_versions"):
        ledger(project, first, wider)


def test_a_changed_tolerance_is_a_changed_definition_and_another_choice_is_none(project: Path) -> None:
    first = ledger(project)
    set_seed(project, days=0, other=120)
    assert ledger(project, first) == first
    set_seed(project, days=2, version=2)
    with pytest.raises(ChangedDefinitionError, match="otif changed"):
        ledger(project, first)


def test_changed_weights_are_a_changed_definition(project: Path) -> None:
    first = ledger(project)
    (project / "seeds" / "scorecard_weight.csv").write_text("part,weight,version\notif,1,2\n")
    with pytest.raises(ChangedDefinitionError):
        ledger(project, first)


def test_a_new_version_is_a_new_line_beside_the_old_one(project: Path) -> None:
    first = ledger(project)
    set_seed(project, days=2, version=2)
    second = ledger(project, first, changed(version=2, since="2026-07-01", earlier=EARLIER, why=WHY))
    assert [line["version"] for line in second["otif"]] == [1, 2]
    assert second["otif"][0] == first["otif"][0]


def test_a_figure_that_lists_its_choices_depends_on_these_alone(project: Path) -> None:
    named = block(changed(defaults=["idle_days"]))
    assert defaults_of(named, project / "models") == ["idle_days"]
    before = fingerprint(named, project / "models", project / "seeds")
    set_seed(project, days=2)
    assert fingerprint(named, project / "models", project / "seeds") == before


def test_a_target_or_a_name_may_change_without_a_version(project: Path) -> None:
    first = ledger(project)
    assert ledger(project, first, changed(target=0.8, name={"zh": "准时", "en": "On time"})) == first


def test_the_ledger_is_read_back_as_it_was_written(project: Path) -> None:
    path = project / "figures.lock.yml"
    write_ledger(ledger(project), path)
    assert read_ledger(path) == ledger(project)
