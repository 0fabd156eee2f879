"""One project as the search for alternatives asks it again and again: when is it done if this were so?

The pass is `outlook.forward_pass` of P50 and P80 in plain numbers: on the few nodes of one project that is
some thirty times quicker than arrays, and a night asks it a hundred thousand times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ml.schedule.critical_path import FINISH_STARTS, TO_FINISH, Link, precedence_order
from ml.schedule.outlook import NO_FLOOR, Work

Row = dict[str, Any]
#: A node with what it waits for: predecessor, lag, whether its finish counts, whether it holds the finish.
Step = tuple[int, list[tuple[int, int, bool, bool]]]


@dataclass(frozen=True)
class ProjectState:
    """One project, rows numbered, without a cycle; `own`: days that each is late by itself at P50 and P80."""

    milestones: Sequence[Row]
    work: Work
    links: Sequence[Link]
    own: Sequence[Sequence[int]]
    place: Mapping[str, int] = field(init=False)
    _steps: list[Step] = field(init=False)

    def __post_init__(self) -> None:
        place = {row["milestone_id"]: at for at, row in enumerate(self.milestones)}
        object.__setattr__(self, "place", place)
        object.__setattr__(self, "_steps", _steps(self.links, len(self.milestones)))

    def ends(
        self,
        floors: Mapping[str, int],
        links: Sequence[Link] | None = None,
        saved: Mapping[int, int] | None = None,
    ) -> np.ndarray:
        """Finish of each milestone at P50 and P80 where some are done on a day of their own (`floors`).

        links: instead of the project's. saved: days that milestones take less than planned.
        """
        steps = self._steps if links is None else _steps(links, len(self.milestones))
        low = {self.place[milestone]: day for milestone, day in floors.items()}
        return np.array([self._finishes(steps, at, low, saved or {}) for at in (0, 1)], dtype=np.int64).T

    def end(self, *args: Any, **options: Any) -> np.ndarray:
        """Finish of the whole project at P50 and P80."""
        return self.ends(*args, **options).max(axis=0)

    def behind(self, node: int) -> list[int]:
        """All milestones that wait for this one, at any remove and not begun, nearest first."""
        found: list[int] = []
        waiting = [node]
        for one in waiting:
            for link in self.links:
                if link.before == one and link.after not in found:
                    found.append(link.after)
                    waiting.append(link.after)
        return [one for one in found if self.work.fixed[one] is None and self.work.durations[one] > 0]

    def _finishes(
        self, steps: Sequence[Step], at: int, low: Mapping[int, int], saved: Mapping[int, int]
    ) -> list[int]:
        starts, ends = [0] * len(self.own), [0] * len(self.own)
        work = self.work
        for node, incoming in steps:
            start, days = work.fixed[node], work.durations[node]
            if start is None:
                start = work.releases[node]
                for before, lag, is_finish, holds_finish in incoming:
                    held = (ends if is_finish else starts)[before] + lag - (days if holds_finish else 0)
                    start = max(start, held)
            starts[node] = start
            # One with a day of its own is late by nothing else.
            own = 0 if node in low else self.own[node][at]
            ends[node] = max(start + days + own - saved.get(node, 0), low.get(node, NO_FLOOR))
        return ends


def _steps(links: Sequence[Link], count: int) -> list[Step]:
    incoming: list[list[tuple[int, int, bool, bool]]] = [[] for _ in range(count)]
    for link in links:
        incoming[link.after].append(
            (link.before, link.lag, link.type_code in FINISH_STARTS, link.type_code in TO_FINISH)
        )
    return [(node, incoming[node]) for node in precedence_order(links, count)[0]]
