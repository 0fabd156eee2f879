"""What people decided about quarantined rows, brought to the door."""

from contextlib import closing

import duckdb

from actions.corrections import standing
from actions.kinds import CorrectRow
from actions.store import ActionStore
from ingest.ledger import TableLoad
from ingest.replay import Decision, replay
from lake.run import RunContext
from lake.settings import Settings


def replay_corrected(con: duckdb.DuckDBPyConnection, run: RunContext, settings: Settings) -> list[TableLoad]:
    """Replay all that stands in the action store; loads of the tables that rows entered or left."""
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
    return replay(con, run, settings, decisions)
