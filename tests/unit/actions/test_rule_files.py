"""Rule files: those that ship keep their schema, those that break it are told with their line."""

import datetime as dt

import duckdb
import pytest

from actions.evaluation import evaluate
from actions.items import ItemBook
from actions.rule_files import BUILT_IN, RuleFileError, load_rules, read_rule


def test_the_built_in_rules_keep_their_schema():
    rules = {rule.rule_id: rule for rule in load_rules()}
    assert len(rules) >= 9
    assert all(rule.path.stem == rule_id for rule_id, rule in rules.items())


GOOD = (BUILT_IN / "check_failed.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("version: 1", "version: one", 3, "version"),
        ("severity: medium", "severity: awful", 12, "severity"),
        ("due_days: 1", "due_days: 1\nsurprise: 2", 16, "surprise"),
        ("due_days: 1\n", "", 1, "due_days"),
        ("owner: {role: data_engineer}", "owner: {role: nobody}", 14, "nobody"),
        ("select\n", "delete from ops.check_result; select\n", 19, "SELECT"),
        ("from ops.check_result", "form ops.check_result", 26, "syntax"),
        ("'error'", "$grade", 19, "grade"),
        ("name: {zh", "name: [zh", 6, ""),
    ],
)
def test_a_rule_that_breaks_the_schema_is_refused_with_its_line(tmp_path, old, new, line, words):
    path = tmp_path / "rule.yml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleFileError) as refusal:
        read_rule(path)
    (problem, *_) = refusal.value.problems
    assert words in problem.message
    assert problem.line == line, str(problem)


def test_a_company_adds_and_changes_rules_by_files_alone(tmp_path):
    own = tmp_path / "rules"
    own.mkdir()
    (own / "mine.yml").write_text(GOOD.replace("id: check_failed", "id: mine"), encoding="utf-8")
    (own / "check_failed.yml").write_text(
        GOOD.replace("version: 1", "version: 2\nis_enabled: false"), encoding="utf-8"
    )
    loaded = {rule.rule_id: rule for rule in load_rules(own)}
    assert loaded["check_failed"].version == 2
    with duckdb.connect() as con:
        con.execute("create schema ops; create table ops.build_context as select 'r' as run_id")
        con.execute(
            "create table ops.check_result as select 'r' as run_id, 'c' as check_name, 't' as asset_name,"
            " 'error' as severity_code, false as is_passed"
        )
        found = evaluate(
            loaded.values(), con, dt.date(2025, 9, 30), ItemBook.of({}), dt.datetime(2025, 10, 1)
        )
    assert [write.payload.rule_id for write in found.opened] == ["mine"]
