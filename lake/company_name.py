"""A company's own name for itself, read from its mapping file without the rest of it."""

from __future__ import annotations

from pathlib import Path

import yaml


def company_name(folder: Path, language: str) -> str:
    """The company's name in `language`; the folder's name when there is no file or it does not say."""
    file = folder / "company.yml"
    if not file.exists():
        return folder.name
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    name = content.get("name") if isinstance(content, dict) else None
    if isinstance(name, dict):
        return str(name.get(language) or next(iter(name.values()), folder.name))
    return str(name or folder.name)
