"""Alert items of a published state: the rules are asked, and the action store keeps what they find."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from actions.errors import StoreUnavailableError
from actions.evaluation import Applied, Evaluation, apply, evaluate
from actions.items import ItemBook
from actions.kinds.items import OpenItem
from actions.rule_files import RuleFileError, load_rules
from actions.store import ActionStore
from lake.checks import CheckResult
from lake.publication import Publication
from lake.run import utc_now
from lake.settings import Settings

#: Where a company's own rules lie, beside its `company.yml`.
RULES_FOLDER = "rules"
ITEMS_ASSET = "action_items"


@dataclass(frozen=True)
class ItemsReport:
    """What became of one evaluation; `problem` is why it could not be made or kept."""

    evaluation: Evaluation | None = None
    applied: Applied | None = None
    problem: str = ""

    def check(self) -> CheckResult:
        """Whether all rules could speak and what they said was kept.

        A rule whose table no company has yet is no fault; a query that fails is the rule's author's, and
        warns; rules or a store that can't be read are an error, since nobody would be told of anything.
        """
        skipped = self.evaluation.skipped if self.evaluation else ()
        failing = [each for each in skipped if not each.is_expected]
        message = self.problem or " · ".join(f"{each.rule_id}: {each.told['en']}" for each in failing)
        return CheckResult(
            check_name="rules_spoke",
            asset_name=ITEMS_ASSET,
            severity_code="error" if self.problem else "warn",
            is_passed=not message,
            expected="0",
            actual=str(len(failing) or int(bool(self.problem))),
            message=message,
        )


def open_items(settings: Settings, publication: Publication) -> ItemsReport:
    """Ask all rules of a published file, read-only, and store what follows; a second call changes nothing.

    Never raises for what rules or store do wrong: the publication stands, the report says what is missing.
    """
    try:
        rules = load_rules(settings.company / RULES_FOLDER)
    except RuleFileError as error:
        return ItemsReport(problem=str(error))
    path = settings.paths.published / publication.file_name
    try:
        with closing(ActionStore.open(settings)) as store, _reading(path) as con:
            book = ItemBook.of_actions(store.events(subject_type=OpenItem.subject_type))
            currency = con.execute("select reporting_currency from ops.build_context").fetchone()
            evaluation = evaluate(
                rules, con, publication.as_of_on, book, utc_now(), currency[0] if currency else None
            )
            return ItemsReport(evaluation, apply(store, evaluation, publication.name))
    except StoreUnavailableError as error:
        return ItemsReport(problem=error.tell())


def _reading(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that writes nothing and reaches no other file, whatever a company's rule asks for."""
    return duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"})
