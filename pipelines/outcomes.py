"""What became of one model, seed or data test of dbt's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NodeOutcome:
    """One node of a run; `tested` is the table that a test stands at, `failures` the rows that broke it."""

    unique_id: str
    name: str
    resource_type: str
    tested: str
    is_ok: bool
    is_warning: bool
    failures: int
    seconds: float
    message: str
