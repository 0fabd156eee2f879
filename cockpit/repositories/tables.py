"""Whether a publication holds a table: one made before the table existed is read without it."""

from cockpit.repositories.published import Reader


def has_table(reader: Reader, schema: str, table: str) -> bool:
    """Whether the publication holds `schema.table`."""
    return not reader.rows(
        "select 1 as one from duckdb_tables() where schema_name = ? and table_name = ?", schema, table
    ).is_empty()
