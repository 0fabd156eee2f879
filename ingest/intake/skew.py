"""How far a device's clock may be off before its readings are not believed."""

from dataclasses import dataclass
from datetime import timedelta

from ingest.intake.payloads import Broken, Reading, broken


@dataclass(frozen=True)
class Skew:
    """Bounds in hours between a reading's time and its receipt; 0 is none."""

    future_hours: float = 0
    late_hours: float = 0

    def fault(self, reading: Reading, part: bytes | None = None) -> Broken | None:
        """Why the reading's time is not believed; None when it is."""
        ahead = reading.read_at - reading.received_at
        if self.future_hours and ahead > timedelta(hours=self.future_hours):
            return broken("future", part, read_at=reading.read_at, hours=self.future_hours)
        if self.late_hours and -ahead > timedelta(hours=self.late_hours):
            return broken("late", part, read_at=reading.read_at, hours=self.late_hours)
        return None
