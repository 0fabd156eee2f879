"""When can milestones start and finish, what if something changes, and which plan do the crews allow?

`network` has the critical path, `outlook` P50 and P80 finishes, `whatif` scenarios over them, `alternatives`
the options against late batches, `replan` a new plan of a portfolio, `constraint_model` the search behind it.
"""

from ml.schedule.alternative_frames import ALTERNATIVE_SCHEMA, INPUT_SCHEMAS, AlternativeConfig
from ml.schedule.alternatives import alternatives
from ml.schedule.calendar import CalendarDays, WorkingDays
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA, OUTPUT_SCHEMA
from ml.schedule.constraint_model import PlanConfig, ResourcePlan, least_late_plan, shortest_plan
from ml.schedule.critical_path import Solution, solve
from ml.schedule.network import milestone_network
from ml.schedule.outlook import DELAY_SCHEMA, OUTLOOK_SCHEMA, Snapshot, finish_outlook
from ml.schedule.replan import CREW_SCHEMA, PLAN_SCHEMA, WORK_SCHEMA, Replan, replan
from ml.schedule.scenarios import late_scenarios, option_scenarios
from ml.schedule.whatif import CHANGE_SCHEMA, WHATIF_SCHEMA, change_problems, scenario_outlook, what_if

__all__ = [
    "ALTERNATIVE_SCHEMA",
    "CHANGE_SCHEMA",
    "CREW_SCHEMA",
    "DELAY_SCHEMA",
    "INPUT_SCHEMAS",
    "LINK_SCHEMA",
    "MILESTONE_SCHEMA",
    "OUTLOOK_SCHEMA",
    "OUTPUT_SCHEMA",
    "PLAN_SCHEMA",
    "WHATIF_SCHEMA",
    "WORK_SCHEMA",
    "AlternativeConfig",
    "CalendarDays",
    "PlanConfig",
    "Replan",
    "ResourcePlan",
    "Snapshot",
    "Solution",
    "WorkingDays",
    "alternatives",
    "change_problems",
    "finish_outlook",
    "late_scenarios",
    "least_late_plan",
    "milestone_network",
    "option_scenarios",
    "replan",
    "scenario_outlook",
    "shortest_plan",
    "solve",
    "what_if",
]
