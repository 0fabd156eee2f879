"""The small published lake of these tests is made of the columns that dbt puts under contract."""

import re

from tests.support.published import company_rows
from tests.support.published_partners import MODELS, mart_columns


def test_rows_name_only_columns_that_exist():
    for table, rows in company_rows().items():
        schema, _, name = table.partition(".")
        if schema == "marts":
            assert {column for row in rows for column in row} <= mart_columns()[name].keys(), table


def test_every_table_that_a_repository_reads_is_in_the_fixture():
    repositories = MODELS.parent.parent / "cockpit" / "repositories"
    sources = "".join(file.read_text(encoding="utf-8") for file in repositories.glob("*.py"))
    assert set(re.findall(r"marts\.(\w+)", sources)) <= mart_columns().keys()
