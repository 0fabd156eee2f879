"""A company's own choices where definitions leave one open; a wrong name is told with its line."""

from pathlib import Path

import pytest

from ingest.company import load_company
from ingest.problems import MappingError

HEAD = "name: {zh: 甲, en: A}\ntime_zone: UTC\nreporting_currency: CNY\n"
TABLES = """sources:
  s: {connector: csv, path: x.csv}
tables:
  crm__customers: {from: s, columns: {customer_id: id, name: name}}
"""


def defaults(folder: Path, text: str) -> dict[str, float]:
    (folder / "company.yml").write_text(f"{HEAD}{text}{TABLES}", encoding="utf-8")
    return load_company(folder, language="en").defaults


def test_the_choices_are_read_and_none_are_needed(tmp_path: Path) -> None:
    own = "defaults: {otif_tolerance_days: 2, otif_tolerance_share: 0.05}\n"
    assert defaults(tmp_path, own) == {"otif_tolerance_days": 2, "otif_tolerance_share": 0.05}
    assert defaults(tmp_path, "") == {}


def test_a_choice_that_no_definition_knows_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as caught:
        defaults(tmp_path, "defaults:\n  otif_tolerance_day: 2\n")
    [problem] = caught.value.problems
    assert problem.line == 5
    assert "defaults names otif_tolerance_day" in str(problem)
    assert "otif_tolerance_days" in problem.instead


def test_a_choice_is_a_number(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="otif_tolerance_days"):
        defaults(tmp_path, "defaults: {otif_tolerance_days: two}\n")
