"""What late batches move in one project, milestone by milestone."""

from __future__ import annotations

from cockpit.components.cards import card
from cockpit.components.tables import data_table
from cockpit.repositories import batches as records
from cockpit.shell.session import View


def batch_moves(view: View, project_id: str) -> None:
    """The card; nothing where no batch of the project is late."""
    moved = records.moved_by_batches(view.reader, project_id)
    if moved.is_empty():
        return
    with card("batch_moves", view.say("ask_batch_moves"), view.say("batch_moves_note")):
        data_table(view, moved, "batch_moves")
