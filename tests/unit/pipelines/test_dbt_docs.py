"""The documentation is one page that asks nobody else for anything, with the contracts' words in it."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from lake.settings import Settings
from pipelines.dbt_docs import write_docs


def node(name: str, schema: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "schema": schema,
        "database": "build",
        "resource_type": "model",
        "package_name": "gantry",
        "original_file_path": f"models/{name}.sql",
        "depends_on": {"nodes": []},
        "config": {"materialized": "view"},
        "columns": {},
    } | more


STARS = {"name": "stars", "description": "What the customer gave.", "data_type": ""}
MANIFEST = {
    "metadata": {"send_anonymous_usage_stats": True, "user_id": "someone"},
    "nodes": {
        "model.gantry.stg_work__ratings": node("stg_work__ratings", "staging", columns={"stars": STARS}),
        "model.gantry.fct_rating": node("fct_rating", "marts", description="A tag </script> in the words."),
    },
    "sources": {},
}


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The page of a lake with one good build."""
    settings = Settings(lake=tmp_path / "lake")
    settings.paths.build.mkdir(parents=True)
    with duckdb.connect(str(settings.paths.build / "good.duckdb")) as con:
        con.execute("create schema marts; create table marts.fct_rating (rating_id varchar, stars bigint)")
    compiled = tmp_path / "target" / "compiled" / "gantry" / "models"
    compiled.mkdir(parents=True)
    (compiled / "fct_rating.sql").write_text("select 1 as one")
    project: Any = SimpleNamespace(manifest_json=MANIFEST, target=tmp_path / "target")
    written = write_docs(settings, project)
    assert written == settings.paths.docs
    return written.read_text(encoding="utf-8")


def inlined(page: str, key: str) -> dict[str, Any]:
    """The JSON that the page holds, read back as a browser would."""
    start = page.index(f'{{"metadata": {{"send_anonymous_usage_stats": false, "user_id": null}}, "{key}"')
    return json.JSONDecoder().raw_decode(page[start:])[0]


def test_staging_has_the_contracts_words_in_both_languages_unless_the_project_says_more(page: str) -> None:
    columns = inlined(page, "nodes")["nodes"]["model.gantry.stg_work__ratings"]["columns"]
    assert " · " in columns["rating_id"]["description"]
    assert columns["stars"]["description"] == "What the customer gave."
    assert columns["stars"]["data_type"] == "BIGINT"


def test_models_have_the_sql_that_ran_and_the_columns_they_really_have(page: str) -> None:
    assert inlined(page, "nodes")["nodes"]["model.gantry.fct_rating"]["compiled_code"] == "select 1 as one"
    assert '"rating_id": {"name": "rating_id", "type": "VARCHAR", "index": 1' in page


def test_the_page_loads_nothing_and_tells_nobody(page: str) -> None:
    assert "cloudfront" not in page
    assert "sinter-collect" not in page
    assert re.findall(r"<(?:script|img)[^>]*\ssrc=[\"']?https?:", page) == []


def test_a_tag_in_a_description_does_not_end_the_page(page: str) -> None:
    assert "A tag <\\/script> in the words." in page
