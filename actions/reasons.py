"""Why a milestone moves: the vocabulary of reasons, with labels in both languages."""

from lake.text import text

REASON_CODES = (
    "material_late",
    "design_change",
    "permit",
    "customer",
    "labour",
    "rework",
    "waiting_acceptance",
    "weather",
    "funding",
    "other",
)


def reason_label(code: str | None, language: str | None = None) -> str:
    """The label of a reason code; a code from a source that is not ours is shown as it came."""
    if code is None:
        return "–"
    return text(f"actions.reason_{code}", language) if code in REASON_CODES else code
