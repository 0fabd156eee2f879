"""Who looks: a person of the company with role, region and language, chosen until there is a sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cockpit.services.words import code_label


@dataclass(frozen=True)
class Person:
    """One person as the company's list has them; nothing personal, names stay encrypted."""

    person_id: str
    role_code: str
    region_code: str | None = None
    language_code: str | None = None

    def label(self, language: str) -> str:
        """Role, region and id, as «项目经理 · 华东 · PM03»."""
        region = [code_label("region", self.region_code, language)] if self.region_code else []
        return " · ".join([code_label("role", self.role_code, language), *region, self.person_id])


def by_id(people: pl.DataFrame) -> Mapping[str, Person]:
    """The people of the list by id, in its order."""
    return {
        row["person_id"]: Person(row["person_id"], row["role_code"], row["region_code"], row["language_code"])
        for row in people.iter_rows(named=True)
    }
