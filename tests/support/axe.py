"""axe-core over a page: what somebody could not use, as findings in words.

Nothing is excluded: where a page has a finding in Streamlit's own markup, a rule of our style sheet mends it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Findings of a lower impact are advice.
IMPACTS = ("serious", "critical")


@cache
def script() -> str:
    """The script as its Python package ships it: nothing is fetched."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Page) -> list[str]:
    """Each serious or critical finding: rule, element, and what would mend it."""
    page.evaluate(script())
    result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{found['id']}: {node['html'][:200]}\n    {node['failureSummary']}"
        for found in result["violations"]
        if found["impact"] in IMPACTS
        for node in found["nodes"]
    ]
