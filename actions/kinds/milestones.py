"""What people say about a milestone: its date, owner and threshold, what it waits for, how far it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from actions.errors import InvalidActionError
from actions.kinds.base import MAX_WORDS, Payload, Step, check_reason, effective, shown

#: A year late is no longer a threshold but a switch that turns the alert off.
MAX_THRESHOLD_DAYS = 365
#: As the contract of links has it: ten years either way.
MAX_LAG_DAYS = 3_650
LINK_TYPES = ("FS", "SS", "FF", "SF")
LinkType = Literal["FS", "SS", "FF", "SF"]


class ReplanMilestone(Payload):
    """A planner's new forecast finish of one milestone; the approved baseline never moves.

    `old_on` is the forecast the planner saw (None: there was none); `new_on` is None only when an undo
    gives the milestone back to its source.
    """

    kind_code: ClassVar[str] = "replan_milestone"
    subject_type: ClassVar[str] = "milestone"
    needs_reason: ClassVar[bool] = True

    old_on: dt.date | None
    new_on: dt.date | None

    def value(self) -> str:
        """The new forecast date, ISO."""
        return shown(self.new_on)

    def reversed(self) -> ReplanMilestone:
        """Old and new exchanged."""
        return ReplanMilestone(old_on=self.new_on, new_on=self.old_on)

    def check(self, reason_code: str, reason: str) -> None:
        """A change of date, with a known reason and words that say more."""
        if self.new_on == self.old_on:
            raise InvalidActionError("same_date", date=shown(self.new_on))
        super().check(reason_code, reason)


class SetMilestone(Payload):
    """A milestone's owner and alert threshold as they shall be; None leaves either to the source.

    The old values are what the person saw, so that the history reads user, old, new, time.
    """

    kind_code: ClassVar[str] = "set_milestone"
    subject_type: ClassVar[str] = "milestone_settings"

    old_owner_id: str | None = None
    new_owner_id: str | None = None
    old_threshold_days: int | None = None
    new_threshold_days: int | None = None

    def value(self) -> str:
        """Owner and threshold."""
        days = "–" if self.new_threshold_days is None else f"{self.new_threshold_days} d"
        return f"{shown(self.new_owner_id)}, {days}"

    def reversed(self) -> SetMilestone:
        """Old and new exchanged."""
        return SetMilestone(
            old_owner_id=self.new_owner_id,
            new_owner_id=self.old_owner_id,
            old_threshold_days=self.new_threshold_days,
            new_threshold_days=self.old_threshold_days,
        )

    def check(self, reason_code: str, reason: str) -> None:
        """Something changes, and the threshold is a number of days."""
        super().check(reason_code, reason)
        days = self.new_threshold_days
        if days is not None and not 0 <= days <= MAX_THRESHOLD_DAYS:
            raise InvalidActionError("threshold_range", days=days, limit=MAX_THRESHOLD_DAYS)
        if (self.old_owner_id, self.old_threshold_days) == (self.new_owner_id, days):
            raise InvalidActionError("nothing_changed")


class Predecessor(BaseModel):
    """What a milestone waits for: which milestone, by finish or start, and how many days after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    predecessor_id: str
    type_code: LinkType = "FS"
    lag_days: int = 0

    def told(self) -> str:
        """Id, type and lag: «M1 FS», «M2 SS+3»."""
        return f"{self.predecessor_id} {self.type_code}{f'{self.lag_days:+d}' if self.lag_days else ''}"


class SetPredecessors(Payload):
    """All that a milestone waits for, as it shall be; an empty list: for nothing.

    `old_links` are what the person saw. That no milestone waits for itself by a detour is looked at where the
    whole network is known: the form refuses and names the cycle, and the network's check names what is left.
    """

    kind_code: ClassVar[str] = "set_predecessors"
    subject_type: ClassVar[str] = "milestone_predecessors"

    old_links: tuple[Predecessor, ...]
    new_links: tuple[Predecessor, ...]

    def value(self) -> str:
        """The predecessors."""
        return ", ".join(link.told() for link in self.new_links) or "–"

    def reversed(self) -> SetPredecessors:
        """Old and new exchanged."""
        return SetPredecessors(old_links=self.new_links, new_links=self.old_links)

    def check(self, reason_code: str, reason: str) -> None:
        """Something changes, each predecessor stands once, and lags are within the contract's range."""
        super().check(reason_code, reason)
        if set(self.old_links) == set(self.new_links):
            raise InvalidActionError("nothing_changed")
        ids = [link.predecessor_id for link in self.new_links]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise InvalidActionError("predecessor_twice", milestone=", ".join(twice))
        for link in self.new_links:
            if abs(link.lag_days) > MAX_LAG_DAYS:
                raise InvalidActionError("lag_range", days=link.lag_days, limit=MAX_LAG_DAYS)


class ReportProgress(Payload):
    """How far a milestone is, from the site: percent, words, a photo by its content hash.

    `old_pct` is what the person saw (None: nothing reported yet).
    """

    kind_code: ClassVar[str] = "report_progress"
    subject_type: ClassVar[str] = "milestone_progress"

    old_pct: Decimal | None
    new_pct: Decimal
    note: str = Field("", max_length=MAX_WORDS)
    photo_hash: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")

    def value(self) -> str:
        """The new percentage."""
        return f"{shown(self.new_pct)} %"

    def reversed(self) -> ReportProgress:
        """Back to what was seen; without a report before, to nothing done."""
        return ReportProgress(old_pct=self.new_pct, new_pct=self.old_pct or Decimal(0), note=self.note)

    def check(self, reason_code: str, reason: str) -> None:
        """0 to 100, and never less than was seen without a reason."""
        super().check(reason_code, reason)
        if not self.new_pct.is_finite() or not 0 <= self.new_pct <= 100:
            raise InvalidActionError("progress_range", value=shown(self.new_pct))
        if self.old_pct is not None and self.new_pct < self.old_pct:
            _check_fall(self.old_pct, self.new_pct, reason_code, reason)

    def check_against(self, history: Sequence[Step], done_by: str, reason: str) -> None:
        """Never less than the newest report without a reason, whatever the client says it saw."""
        reports = [each.payload for each in effective(history) if isinstance(each.payload, ReportProgress)]
        if reports and self.new_pct < reports[-1].new_pct and not reason.strip():
            raise InvalidActionError(
                "progress_falls", old=shown(reports[-1].new_pct), new=shown(self.new_pct)
            )


def _check_fall(old: Decimal, new: Decimal, reason_code: str, reason: str) -> None:
    if not reason_code or not reason.strip():
        raise InvalidActionError("progress_falls", old=shown(old), new=shown(new))
    check_reason(reason_code, reason)
