"""How many of each kind there are: scale 1 is a company of 1,000 customers and 2,000 projects in five years.

What a small world needs to be a world at all (a supplier of each category, the pilot's projects, the golden
cases) is there at every scale; scale multiplies the rest. Only toys below the smallest whole scale have fewer
projects in the pilot.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Years from the first day until the sizes of scale 1 are reached: the autumn of 2026.
YEARS = 4.7
#: The smallest scale with a whole pilot, and the example's.
SMALLEST = 0.05
PILOT_PROJECTS, GOLDEN_PROJECTS, GOLDEN_CUSTOMERS = 88, 10, 12


@dataclass(frozen=True)
class Sizes:
    """Numbers of entities, or of happenings a year."""

    customers: int
    suppliers: int
    projects_a_year: float
    stock_orders_a_year: float
    crews_a_trade: int
    staff_times: float
    pilot_share: float


def sizes(scale: float) -> Sizes:
    """The sizes of a world; teams grow more slowly than what they do."""
    times, share = scale / SMALLEST, min(1.0, scale / SMALLEST)
    others = (2000 * scale - PILOT_PROJECTS - GOLDEN_PROJECTS) / YEARS
    return Sizes(
        customers=max(18, round(1000 * scale) - GOLDEN_CUSTOMERS),
        suppliers=max(9, round(300 * scale) - 1),
        projects_a_year=max(5.0 * share, others),
        stock_orders_a_year=36 * times,
        crews_a_trade=max(3, round(3 * times**0.8)),
        staff_times=max(1.0, times**0.8),
        pilot_share=share,
    )
