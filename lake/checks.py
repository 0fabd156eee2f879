"""The result of one check on one asset, whoever made it: the door, Great Expectations or dbt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Severity = Literal["error", "warn"]


@dataclass(frozen=True)
class CheckResult:
    """One row of `ops.check_result` before its run is added; `checked_at` is None for «in this run».

    `expected` and `actual` are texts a reader can compare; `message` says what to do when it failed.
    """

    check_name: str
    asset_name: str
    severity_code: Severity
    is_passed: bool
    expected: str = ""
    actual: str = ""
    message: str = ""
    checked_at: datetime | None = None

    @property
    def is_failed_error(self) -> bool:
        """Whether this result makes a night end with exit code 1."""
        return not self.is_passed and self.severity_code == "error"
