"""Names of closed batches: `<batch>[.<table>][.broken].parquet`; without a table they hold readings."""

from pathlib import Path

READINGS_TABLE = "iot__readings"
BATCH, BROKEN = ".parquet", "broken"


def batch_name(stem: str, table: str, *, is_broken: bool = False) -> str:
    """The name of the file with a journal's rows (or broken messages) for one table."""
    parts = [stem, *([table] if table != READINGS_TABLE else []), *([BROKEN] if is_broken else [])]
    return ".".join(parts) + BATCH


def table_of(path: Path) -> str:
    """The contract table that a batch is for."""
    parts = path.name.removesuffix(BATCH).split(".")[1:]
    return next((part for part in parts if part != BROKEN), READINGS_TABLE)


def is_broken(path: Path) -> bool:
    """Whether it holds broken messages."""
    return path.name.endswith(f".{BROKEN}{BATCH}")
