"""The small published lake of these tests and the marts of dbt say the same columns."""

import re

import yaml

from tests.support.published import FCT_MILESTONE, MARTS, company_rows, mart_columns


def test_facts_have_the_columns_that_dbt_documents_and_selects():
    content = yaml.safe_load((MARTS / "core" / "_core.yml").read_text(encoding="utf-8"))
    model = next(model for model in content["models"] if model["name"] == "fct_milestone")
    assert {column["name"] for column in model["columns"]} <= FCT_MILESTONE.keys()
    words = set(re.findall(r"\w+", (MARTS / "core" / "fct_milestone.sql").read_text(encoding="utf-8")))
    assert FCT_MILESTONE.keys() <= words


def test_rows_name_only_columns_that_exist():
    for table, rows in company_rows().items():
        schema, _, name = table.partition(".")
        if schema == "marts":
            assert {column for row in rows for column in row} <= mart_columns()[name].keys(), table


def test_every_table_that_a_repository_reads_is_in_the_fixture():
    repositories = MARTS.parent.parent.parent / "cockpit" / "repositories"
    sources = "".join(file.read_text(encoding="utf-8") for file in repositories.glob("*.py"))
    assert set(re.findall(r"marts\.(\w+)", sources)) <= mart_columns().keys()
