"""The company's own words about itself, read from its mapping file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import yaml


@st.cache_data(show_spinner=False)
def company_name(file: str, changed_at: float, language: str) -> str:
    """The company's name in `language`; the folder's name when the file doesn't say."""
    content = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    name = content.get("name") if isinstance(content, dict) else None
    if isinstance(name, dict):
        return str(name.get(language) or next(iter(name.values()), Path(file).parent.name))
    return str(name or Path(file).parent.name)


def name_of(company: Path, language: str) -> str:
    """The name of the company whose mapping folder this is."""
    file = company / "company.yml"
    if not file.exists():
        return company.name
    return company_name(str(file), file.stat().st_mtime, language)
