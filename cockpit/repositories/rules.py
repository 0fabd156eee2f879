"""The alert rules' names, from their files: the built-in ones and the company's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from actions.rule_files import RuleFileError, load_rules

RULES_FOLDER = "rules"


def rule_names(company: Path) -> Mapping[str, Mapping[str, str]]:
    """The name of each rule in both languages, by id; the built-in ones alone where the own are broken."""
    folder = company / RULES_FOLDER
    changed = max((file.stat().st_mtime for file in folder.glob("*.yml")), default=0.0)
    return _names(folder, changed)


@st.cache_data(show_spinner=False)
def _names(folder: Path, changed_at: float) -> Mapping[str, Mapping[str, str]]:
    try:
        rules = load_rules(folder)
    except RuleFileError:
        rules = load_rules()
    return {rule.rule_id: rule.name for rule in rules}
