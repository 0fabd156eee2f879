"""The critical path method on numbered nodes, in whole days: linear in nodes and links.

Every link says that the successor starts no earlier than the predecessor's start plus some days. With the
durations d of both and a lag of L days (negative: a lead) these are

    finish → start: d₁ + L     start → start: L     finish → finish: d₁ + L − d₂     start → finish: L − d₂

so that one rule serves all four types.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

FINISH_STARTS = ("FS", "FF")
TO_FINISH = ("FF", "SF")


@dataclass(frozen=True)
class Link:
    """A constraint between two nodes by their numbers; `lag` in days, negative for a lead."""

    before: int
    after: int
    type_code: str = "FS"
    lag: int = 0


@dataclass
class Solution:
    """Early and late starts and floats of each node in days; None throughout for groups on a cycle.

    cycles: the nodes of each cycle in order, the first one not repeated at the end.
    ends: for each group the day on which its last node finishes.
    """

    early_start: list[int | None]
    late_start: list[int | None]
    free_float: list[int | None]
    ends: dict[int, int] = field(default_factory=dict)
    cycles: list[list[int]] = field(default_factory=list)


def solve(
    durations: Sequence[int],
    links: Sequence[Link],
    *,
    releases: Sequence[int] | None = None,
    fixed: Sequence[int | None] | None = None,
    groups: Sequence[int] | None = None,
) -> Solution:
    """Early and late starts and free floats, each group (project) by itself: links must stay within one.

    durations: days, 0 for a point in time. releases: no node starts before its own (0 where left out).
    fixed: the start of a node that has begun already. Nothing moves it any more, and a link that it broke
    binds nobody. A group with a cycle has no solution, the others do.
    """
    count = len(durations)
    groups = groups or [0] * count
    fixed = fixed or [None] * count
    weights = [start_lag(link, durations) for link in links]
    incoming, outgoing = _adjacency(links, count)
    order, rest = _sorted_by_precedence(links, incoming, outgoing)
    broken = {groups[node] for node in rest}
    early: list[int] = list(releases or [0] * count)
    for node in order:
        start = fixed[node]
        if start is not None:
            early[node] = start
        else:
            for at in incoming[node]:
                early[node] = max(early[node], early[links[at].before] + weights[at])
    ends: dict[int, int] = {}
    for node in order:
        group = groups[node]
        ends[group] = max(ends.get(group, early[node]), early[node] + durations[node])
    late, free = [0] * count, [0] * count
    for node in reversed(order):
        late[node] = ends[groups[node]] - durations[node]
        free[node] = late[node] - early[node]
        for at in outgoing[node]:
            after = links[at].after
            if early[after] >= early[node] + weights[at]:
                late[node] = min(late[node], late[after] - weights[at])
                free[node] = min(free[node], early[after] - early[node] - weights[at])
    shown = [groups[node] not in broken for node in range(count)]
    return Solution(
        early_start=_where(shown, early),
        late_start=_where(shown, late),
        free_float=_where(shown, free),
        ends={group: end for group, end in ends.items() if group not in broken},
        cycles=_cycles(links, outgoing, rest),
    )


def start_lag(link: Link, durations: Sequence[int]) -> int:
    """The least days from the predecessor's start to the successor's."""
    weight = link.lag
    if link.type_code in FINISH_STARTS:
        weight += durations[link.before]
    if link.type_code in TO_FINISH:
        weight -= durations[link.after]
    return weight


def precedence_order(links: Sequence[Link], count: int) -> tuple[list[int], list[int]]:
    """Nodes in an order that respects all links, and those that have none: on a cycle or behind one."""
    return _sorted_by_precedence(links, *_adjacency(links, count))


def _where(shown: Sequence[bool], values: Sequence[int]) -> list[int | None]:
    return [value if is_shown else None for value, is_shown in zip(values, shown, strict=True)]


def _adjacency(links: Sequence[Link], count: int) -> tuple[list[list[int]], list[list[int]]]:
    """For each node the numbers of the links that lead to it and from it."""
    incoming: list[list[int]] = [[] for _ in range(count)]
    outgoing: list[list[int]] = [[] for _ in range(count)]
    for at, link in enumerate(links):
        incoming[link.after].append(at)
        outgoing[link.before].append(at)
    return incoming, outgoing


def _sorted_by_precedence(
    links: Sequence[Link], incoming: list[list[int]], outgoing: list[list[int]]
) -> tuple[list[int], list[int]]:
    waiting = [len(found) for found in incoming]
    order = [node for node, number in enumerate(waiting) if number == 0]
    for node in order:
        for at in outgoing[node]:
            after = links[at].after
            waiting[after] -= 1
            if waiting[after] == 0:
                order.append(after)
    return order, [node for node, number in enumerate(waiting) if number > 0]


def _cycles(links: Sequence[Link], outgoing: list[list[int]], rest: Sequence[int]) -> list[list[int]]:
    """One cycle of each knot of nodes that reach each other, begun at its lowest number."""
    inside = set(rest)
    followers = {node: sorted({links[at].after for at in outgoing[node]} & inside) for node in inside}
    return sorted(
        _shortest_cycle(min(knot), followers, set(knot))
        for knot in _knots(followers)
        if len(knot) > 1 or knot[0] in followers[knot[0]]
    )


def _knots(followers: dict[int, list[int]]) -> list[list[int]]:
    """Strongly connected components, by Tarjan's algorithm without recursion."""
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    stack: list[int] = []
    held: set[int] = set()
    found: list[list[int]] = []
    for root in sorted(followers):
        if root in number:
            continue
        path = [(root, iter(followers[root]))]
        number[root] = lowest[root] = len(number)
        stack.append(root)
        held.add(root)
        while path:
            node, ahead = path[-1]
            step = next(ahead, None)
            if step is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == number[node]:
                    at = stack.index(node)
                    found.append(stack[at:])
                    held.difference_update(stack[at:])
                    del stack[at:]
            elif step not in number:
                number[step] = lowest[step] = len(number)
                stack.append(step)
                held.add(step)
                path.append((step, iter(followers[step])))
            elif step in held:
                lowest[node] = min(lowest[node], number[step])
    return found


def _shortest_cycle(start: int, followers: dict[int, list[int]], knot: set[int]) -> list[int]:
    """The shortest way from a node of a knot back to itself."""
    came_from: dict[int, int] = {}
    waiting = [start]
    for node in waiting:
        for step in followers[node]:
            if step == start:
                way = [node]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if step in knot and step not in came_from:
                came_from[step] = node
                waiting.append(step)
    raise ValueError(f"node {start} lies on no cycle")
