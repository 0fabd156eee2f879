"""What people decide about a row that broke its contract: put it right, or leave it as its source has it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from actions.errors import InvalidActionError
from actions.kinds.base import Payload, check_words, shown
from lake.contracts import Contract, load_contracts
from lake.contracts.values import problem_of

#: A field of a row holds no essay.
MAX_VALUE = 2_000


class _RowDecision(Payload):
    """The newest decision about a row holds; its words say why, since nothing else does."""

    subject_type: ClassVar[str] = "quarantined_row"

    #: The contract, as `erp__orders`.
    table_name: str

    def check(self, reason_code: str, reason: str) -> None:
        """A table that there is, and words."""
        super().check(reason_code, reason)
        _contract(self.table_name)
        check_words("reason", reason)


class Fix(BaseModel):
    """One field: what it says, as far as it could be read, and what it should say (None: nothing)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    old: str | None
    new: str | None


class CorrectRow(_RowDecision):
    """Fields of a quarantined row put right; the row goes through the door again with them."""

    kind_code: ClassVar[str] = "correct_row"

    fixes: tuple[Fix, ...]

    def value(self) -> str:
        """The fields with their new values."""
        return ", ".join(f"{each.column}: {shown(each.old)} → {shown(each.new)}" for each in self.fixes)

    def values(self) -> dict[str, str | None]:
        """The new values by column."""
        return {each.column: each.new for each in self.fixes}

    def check(self, reason_code: str, reason: str) -> None:
        """Each field is changed once, to what its contract allows; not a personal one: its source mends it.

        Personal values are encrypted in the lake, and the history of decisions keeps words in clear.
        """
        super().check(reason_code, reason)
        contract = _contract(self.table_name)
        if not self.fixes:
            raise InvalidActionError("nothing_changed")
        if len({each.column for each in self.fixes}) < len(self.fixes):
            raise InvalidActionError("field_twice")
        for each in self.fixes:
            _check_fix(contract, each)


class IgnoreRow(_RowDecision):
    """The row is as its source means it: it stays out, and no longer counts as waiting."""

    kind_code: ClassVar[str] = "ignore_row"

    def value(self) -> str:
        """The step itself."""
        return self.kind_code


def _contract(table_name: str) -> Contract:
    found = load_contracts().get(table_name)
    if found is None:
        raise InvalidActionError("unknown_table", table=table_name)
    return found


def _check_fix(contract: Contract, fix: Fix) -> None:
    columns = {column.name: column for column in contract.columns}
    column = columns.get(fix.column)
    if column is None:
        raise InvalidActionError("unknown_column", column=fix.column, table=contract.name)
    if column.is_personal:
        raise InvalidActionError("personal_field", column=fix.column)
    if fix.new == fix.old:
        raise InvalidActionError("nothing_changed")
    if fix.new is not None:
        check_words(fix.column, fix.new, limit=MAX_VALUE)
    problem = problem_of(contract, column, fix.new)
    if problem is not None:
        key, told = problem
        raise InvalidActionError(f"value_{key}", **told)
