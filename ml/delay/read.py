"""The read side of delay forecasts: words for what a published row says. No training, no files."""

from lake.text import Language, text


def driver_words(code: str | None, value: float | None, language: Language | None = None) -> str | None:
    """A driver of `ml_delay_forecast` in words; None for none. Raises KeyError for a code nobody knows."""
    if code is None:
        return None
    return text(f"delay.driver_{code}", language, value=0.0 if value is None else value)
