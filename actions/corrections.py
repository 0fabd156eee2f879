"""What holds of each quarantined row, of all that was ever decided about it."""

from collections import defaultdict
from collections.abc import Iterable

from actions.kinds import CorrectRow
from actions.kinds.base import Step, effective
from actions.records import Action, step_of


def standing(actions: Iterable[Action]) -> dict[str, Step]:
    """The newest decision that was not taken back, by quarantined row; other subjects are left out."""
    rows: dict[str, list[Step]] = defaultdict(list)
    for each in actions:
        if each.subject_type == CorrectRow.subject_type:
            rows[each.subject_id].append(step_of(each))
    # What takes a step back carries its words and is none itself.
    held = {
        subject: [step for step in effective(steps) if step.undoes_action_id is None]
        for subject, steps in rows.items()
    }
    return {subject: steps[-1] for subject, steps in held.items() if steps}
