"""Files of the project scheduling library PSPLIB (Kolisch and Sprecher, 1997), single mode (.sm)."""

import re

from ml.schedule.critical_path import Link
from ml.schedule.resource_project import ResourceProject

SUFFIX = ".sm"


class NetworkFormatError(ValueError):
    """A text that is no PSPLIB network; the message says which part is missing or does not fit."""


def read_network(text: str) -> ResourceProject:
    """The tasks, links and renewable resources of one file. Raises NetworkFormatError."""
    parts = re.split(r"^\*+\s*$", text, flags=re.MULTILINE)
    by_title = {part.strip().partition("\n")[0].partition(":")[0].strip(): part.strip() for part in parts}
    try:
        followers = [_numbers(line) for line in by_title["PRECEDENCE RELATIONS"].splitlines()[2:]]
        jobs = [_numbers(line) for line in by_title["REQUESTS/DURATIONS"].splitlines()[3:]]
        capacities = _numbers(by_title["RESOURCEAVAILABILITIES"].splitlines()[2])
        if any(job[1] != 1 for job in jobs) or len(jobs) != len(followers):
            raise NetworkFormatError("each job must have one mode and one line of successors")
        number = {job[0]: at for at, job in enumerate(jobs)}
        return ResourceProject(
            durations=tuple(job[2] for job in jobs),
            links=tuple(
                Link(number[job], number[after]) for job, _, _, *afters in followers for after in afters
            ),
            demands=tuple(tuple(job[3:]) for job in jobs),
            capacities=tuple(capacities),
        )
    except (KeyError, IndexError, ValueError) as error:
        if isinstance(error, NetworkFormatError):
            raise
        raise NetworkFormatError(f"not a PSPLIB single-mode network: {error!r}") from error


def _numbers(line: str) -> list[int]:
    return [int(word) for word in line.split()]


def read_best_known(text: str) -> dict[str, int]:
    """Best known makespans by name of the file, from lines «name,makespan»; other lines are no matter.

    Where the optimum is not known the library writes «lower..best» or «..best»: the best is taken.
    """
    found = re.findall(r"^\s*([^,;\s]+)\s*[,;\s]\s*(?:\d*\.\.)?(\d+)\s*$", text, flags=re.MULTILINE)
    return {name.removesuffix(SUFFIX): int(makespan) for name, makespan in found}
