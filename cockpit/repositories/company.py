"""The company's own words about itself, read from its mapping file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lake.company_name import company_name


@st.cache_data(show_spinner=False)
def _cached(folder: Path, changed_at: float, language: str) -> str:
    return company_name(folder, language)


def name_of(company: Path, language: str) -> str:
    """The name of the company whose mapping folder this is."""
    file = company / "company.yml"
    return _cached(company, file.stat().st_mtime if file.exists() else 0.0, language)
