"""When can each milestone start and finish, and which of them hold up the whole? `network` answers."""

from ml.schedule.calendar import CalendarDays, WorkingDays
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA, OUTPUT_SCHEMA
from ml.schedule.critical_path import Solution, solve
from ml.schedule.network import milestone_network

__all__ = [
    "LINK_SCHEMA",
    "MILESTONE_SCHEMA",
    "OUTPUT_SCHEMA",
    "CalendarDays",
    "Solution",
    "WorkingDays",
    "milestone_network",
    "solve",
]
