"""The read side of delay forecasts: words for what a published row says, and which bands may show.

No training, no files.
"""

from lake.text import Language, text
from ml.delay.record import RecordConfig, muted_milestones

__all__ = ["RecordConfig", "driver_words", "muted_milestones"]


def driver_words(code: str | None, value: float | None, language: Language | None = None) -> str | None:
    """A driver of `ml_delay_forecast` in words; None for none. Raises KeyError for a code nobody knows."""
    if code is None:
        return None
    return text(f"delay.driver_{code}", language, value=0.0 if value is None else value)
