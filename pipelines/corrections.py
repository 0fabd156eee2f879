"""What people decided about quarantined rows, brought to the door."""

from collections.abc import Collection
from contextlib import closing

import duckdb

from actions.corrections import standing
from actions.kinds import CorrectRow
from actions.store import ActionStore
from ingest.ledger import TableLoad
from ingest.replay import Decision, replay
from lake.run import RunContext
from lake.settings import Settings


def replay_corrected(
    con: duckdb.DuckDBPyConnection,
    run: RunContext,
    settings: Settings,
    within: Collection[str] | None = None,
) -> list[TableLoad]:
    """Replay all that stands in the action store; loads of the tables that rows entered or left.

    With `within` only rows of these tables (contracts' names) are looked at.
    """
    with closing(ActionStore.open(settings)) as store:
        steps = standing(store.events(subject_type=CorrectRow.subject_type))
    decisions = [
        Decision(
            quarantine_id,
            step.action_id,
            step.payload.values() if isinstance(step.payload, CorrectRow) else None,
        )
        for quarantine_id, step in steps.items()
    ]
    return replay(con, run, settings, decisions, within)
