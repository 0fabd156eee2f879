"""Every example of docs/connect.md is one that company.yml may hold, in both languages alike."""

import re
from pathlib import Path

import pytest

from ingest.company import load_company

HEAD = "name: {zh: 甲, en: A}\ntime_zone: Asia/Shanghai\nreporting_currency: CNY\n"
EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def examples(project_root: Path, name: str) -> list[str]:
    return EXAMPLE.findall((project_root / "docs" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(4))
def test_an_example_is_a_company(project_root: Path, tmp_path: Path, number: int) -> None:
    (tmp_path / "company.yml").write_text(
        HEAD + examples(project_root, "connect.md")[number], encoding="utf-8"
    )
    company = load_company(tmp_path)
    assert all(source.live for source in company.sources.values())


def test_both_languages_show_the_same(project_root: Path) -> None:
    english, chinese = (
        [re.sub(r"\s+#.*", "", text) for text in examples(project_root, name)]
        for name in ("connect.md", "connect.zh.md")
    )
    assert len(english) == 4
    assert english == chinese
