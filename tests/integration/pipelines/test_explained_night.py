"""After a night every figure can be asked where it comes from, and the answers hold."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from lake.figures import read_figures
from lake.figures.explain import explain, filter_columns
from lake.publication import connect_publication, find_publication
from lake.settings import Settings
from pipelines.instance import dagster_instance

RUNNER = CliRunner()


def gantry(settings: Settings, *arguments: str) -> tuple[int, str]:
    """One command in this process: exit code and what it printed."""
    place = ["--company", str(settings.company), "--lake", str(settings.lake)]
    done = RUNNER.invoke(app, [*arguments, *place], env={"COLUMNS": "160", "GANTRY_LANGUAGE": "en"})
    return done.exit_code, done.output


def test_every_passport_holds(tutorial_night: Settings) -> None:
    made = find_publication(tutorial_night)
    with connect_publication(tutorial_night) as con:
        figures = read_figures(con)
        rows = con.execute(
            "select figure_id, sql, value, n, run_id, message, checks_passed, sources, publication_name"
            " from ops.figure_run order by figure_id"
        ).fetchall()
        assert [row[0] for row in rows] == sorted(figures)
        for figure_id, sql, value, n, run_id, message, passed, sources, name in rows:
            assert (message, run_id, name) == ("", made.run_id, made.name), figure_id
            answer = con.execute(sql).fetchall()[0]
            again = None if answer[0] is None else float(answer[0])
            assert (again, answer[1]) == (value, n), figure_id
            assert passed > 0, figure_id
            assert isinstance(json.loads(sources), list)
    with dagster_instance(tutorial_night) as instance:
        assert instance.get_run_by_id(made.run_id) is not None


def test_sources_are_as_old_as_the_data_say_and_two_broken_rows_are_told(tutorial_night: Settings) -> None:
    with connect_publication(tutorial_night) as con:
        found = explain(con, read_figures(con)["project_health_score"])
        ages = dict(con.execute("select table_name, data_until_at from ops.freshness").fetchall())
    assert found.quarantined == {"projects__milestones": 1, "projects__projects": 1}
    told = {each["table"].removeprefix("raw_"): each["data_until_at"] for each in found.sources}
    assert told["projects__milestones"] == ages["projects__milestones"]
    assert "finished_on" in found.upstream_columns["raw_projects__milestones"]


def test_the_models_are_published_with_the_sql_that_made_them(tutorial_night: Settings) -> None:
    with connect_publication(tutorial_night) as con:
        models, with_sql = con.execute("select count(*), count(compiled_sql) from ops.model").fetchall()[0]
    assert models == with_sql > 50


def test_explained_in_words_and_as_json(tutorial_night: Settings) -> None:
    code, told = gantry(tutorial_night, "explain", "project_health_score", "--rows", "2")
    assert code == 0, told
    for part in (
        "Project health",
        "formula",
        "cannot be said (quarantined: projects__",
        "2025-09-01",
        "rows behind",
    ):
        assert part in told, told
    code, told = gantry(tutorial_night, "explain", "project_health_score", "--json")
    content = json.loads(told)
    assert code == 0
    assert (content["figure"]["figure_id"], len(content["lines"])) == ("project_health_score", 1)


def test_one_project_is_one_value(tutorial_night: Settings) -> None:
    with connect_publication(tutorial_night) as con:
        figure = read_figures(con)["project_health_score"]
        wanted = con.execute(
            "select project_id, health_score::double from marts.mart_project_health"
            " where health_score is not null"
        ).fetchall()
        assert wanted
        assert "project" in filter_columns(con, figure)
        for project_id, score in wanted:
            assert explain(con, figure, {"project": project_id}).value == score


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("explain", "project_health"),
            "There is no figure project_health. Near it are: project_health_score",
        ),
        (("explain", "project_health_score", "--filter", "city=Lyon"), "It knows: project, customer"),
        (("explain", "project_health_score", "--filter", "city"), "written NAME=VALUE"),
    ],
)
def test_a_wrong_question_is_answered_with_what_could_be_asked(
    tutorial_night: Settings, arguments: tuple[str, ...], said: str
) -> None:
    code, told = gantry(tutorial_night, *arguments)
    assert code == 64
    assert said in " ".join(told.split())


def test_without_a_figure_all_are_listed(tutorial_night: Settings) -> None:
    code, told = gantry(tutorial_night, "explain")
    assert code == 0
    with connect_publication(tutorial_night) as con:
        assert all(figure_id in told for figure_id in read_figures(con))
