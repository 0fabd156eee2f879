"""Alert rules as files: read, held against their schema, and told with line numbers where they break it.

The built-in ones lie in `actions/rules/`; a company adds its own in `rules/` beside its `company.yml`, or
changes a built-in one by a file with the same id. No code is needed for either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from lake.text import text
from lake.yaml_lines import YamlDocument, YamlSyntaxError

BUILT_IN = Path(__file__).parent / "rules"
PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


@dataclass(frozen=True)
class RuleProblem:
    """What is wrong with a rule file, and on which line (None: with the file as a whole)."""

    path: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.path.name if self.line is None else f"{self.path.name}:{self.line}"
        return f"{place}: {self.message}"


class RuleFileError(ValueError):
    """Rule files break their schema; nothing is evaluated until they keep it."""

    def __init__(self, problems: list[RuleProblem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(each) for each in problems))


@dataclass(frozen=True)
class Rule:
    """One alert rule; `sql` gives a row for each thing that is wrong on the business date."""

    rule_id: str
    version: int
    author: str
    since: str
    name: dict[str, str]
    told: dict[str, str]
    reads: tuple[str, ...]
    about: str
    severity_code: str
    rank: int
    owner_role_code: str
    due_days: int
    needs: tuple[str, ...]
    clears: bool
    clear_reason: str
    quiet_days: int
    escalate_after_hours: int | None
    escalate_role_code: str | None
    measure_days: int | None
    history: str
    sql: str
    is_enabled: bool = True
    parameters: dict[str, float] = field(default_factory=dict)
    path: Path | None = None


def load_rules(own: Path | None = None) -> list[Rule]:
    """All rules by id, those of folder `own` over built-in ones; raises RuleFileError with all problems."""
    found: dict[str, Rule] = {}
    problems: list[RuleProblem] = []
    for folder in (BUILT_IN, own):
        rules, bad = read_folder(folder) if folder is not None and folder.is_dir() else ([], [])
        problems += bad
        found |= {rule.rule_id: rule for rule in rules}
    if problems:
        raise RuleFileError(problems)
    return [found[rule_id] for rule_id in sorted(found)]


def read_folder(folder: Path) -> tuple[list[Rule], list[RuleProblem]]:
    """The rules of a folder and what is wrong in it; the same id twice is wrong too."""
    rules: dict[str, Rule] = {}
    problems: list[RuleProblem] = []
    for path in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        try:
            rule = read_rule(path)
        except RuleFileError as error:
            problems += error.problems
            continue
        if rule.rule_id in rules:
            problems.append(RuleProblem(path, None, text("actions.rule_twice", None, id=rule.rule_id)))
        rules[rule.rule_id] = rule
    return list(rules.values()), problems


def read_rule(path: Path) -> Rule:
    """The rule of one file; raises RuleFileError with a line for each problem."""
    try:
        document = YamlDocument(path)
    except (YamlSyntaxError, UnicodeDecodeError) as error:
        raise RuleFileError([RuleProblem(path, getattr(error, "line", None), str(error))]) from error
    problems = list(_schema_problems(path, document))
    if not problems:
        problems = list(_sense_problems(path, document))
    if problems:
        raise RuleFileError(problems)
    return _rule(document.value, path)


@cache
def rule_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file."""
    return json.loads((BUILT_IN / "rule.schema.json").read_text(encoding="utf-8"))


def _schema_problems(path: Path, document: YamlDocument) -> Iterator[RuleProblem]:
    import jsonschema

    validator = jsonschema.Draft202012Validator(rule_schema())
    errors = sorted(validator.iter_errors(document.value), key=lambda error: [str(s) for s in error.path])
    for error in errors:
        steps = list(error.path)
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            known = error.schema.get("properties", {})
            steps += [name for name in error.instance if name not in known][:1]
        where = ".".join(str(step) for step in steps)
        line = document.line_of(steps) if steps else 1
        yield RuleProblem(path, line, f"{where}: {error.message}" if where else error.message)


def _sense_problems(path: Path, document: YamlDocument) -> Iterator[RuleProblem]:
    """What a schema can't see: the query is one SELECT, and its parameters and numbers are given."""
    import duckdb

    value = document.value
    sql_line = document.line_of(["sql"])
    try:
        statements = duckdb.extract_statements(value["sql"])
    except duckdb.Error as error:
        yield RuleProblem(path, _line_in(sql_line, str(error)), str(error).partition("\n")[0])
        return
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        yield RuleProblem(path, sql_line, text("actions.rule_one_select"))
        return
    given = set(value.get("parameters", {})) | {"as_of_on"}
    for name in sorted(set(PARAMETER.findall(value["sql"])) - given):
        yield RuleProblem(path, sql_line, text("actions.rule_no_parameter", None, name=name))
    for language, sentence in value["told"].items():
        try:
            list(Formatter().parse(sentence))
        except ValueError as error:
            yield RuleProblem(path, document.line_of(["told", language]), str(error))


def _line_in(first: int | None, message: str) -> int | None:
    """The file's line of an error that DuckDB tells as a line of the query («LINE 3: …»)."""
    told = re.search(r"^LINE (\d+):", message, re.MULTILINE)
    return first + int(told.group(1)) if first is not None and told else first


def _rule(value: dict[str, Any], path: Path) -> Rule:
    closing, escalation = value["closing"], value.get("escalation", {})
    return Rule(
        rule_id=value["id"],
        version=value["version"],
        author=value["author"],
        since=value["since"],
        name=value["name"],
        told=value["told"],
        reads=tuple(value["reads"]),
        about=value["about"],
        severity_code=value["severity"],
        rank=value.get("rank", 50),
        owner_role_code=value["owner"]["role"],
        due_days=value["due_days"],
        needs=tuple(closing.get("needs", ())),
        clears=closing.get("clears", False),
        clear_reason=closing.get("clear_reason", "condition_gone"),
        quiet_days=closing.get("quiet_days", 0),
        escalate_after_hours=escalation.get("after_hours"),
        escalate_role_code=escalation.get("role"),
        measure_days=value.get("measure_days"),
        history=value["history"],
        sql=value["sql"],
        is_enabled=value.get("is_enabled", True),
        parameters=value.get("parameters", {}),
        path=path,
    )


def enabled(rules: Iterable[Rule]) -> list[Rule]:
    """Those that speak."""
    return [rule for rule in rules if rule.is_enabled]
