"""Which columns a figure's SQL expressions name."""

from sqlglot import exp, parse_one

DIALECT = "duckdb"


def columns_named(*expressions: str) -> list[str]:
    """The columns that DuckDB expressions name, each once, in the order of their first mention."""
    found: dict[str, None] = {}
    for expression in filter(None, expressions):
        for column in parse_one(expression, read=DIALECT).find_all(exp.Column, bfs=False):
            found[column.name] = None
    return list(found)
