"""Numbers as people read them: three digits that count, 万 and 亿 or k, m and bn, a true minus."""

import datetime as dt
import math
from decimal import Decimal

Number = int | float | Decimal
NO_DATA = "–"
MINUS = "−"
THIN_SPACE = " "

_UNITS = {
    "zh": ((1e8, "亿"), (1e4, "万")),
    "en": ((1e9, "bn"), (1e6, "m"), (1e3, "k")),
}
# Below this a count is told exactly: 2,317 lines say more than 2.32 k.
_EXACT_BELOW = 10_000


def is_missing(value: Number | None) -> bool:
    """Whether there is no number to show."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def count(value: Number | None, language: str) -> str:
    """A whole number: exact below ten thousand, then three significant digits with a unit."""
    if is_missing(value):
        return NO_DATA
    number = round(float(value))
    return _signed(f"{abs(number):,}", number) if abs(number) < _EXACT_BELOW else quantity(number, language)


def quantity(value: Number | None, language: str) -> str:
    """A measured number with three significant digits and 万/亿 or k/m/bn."""
    if is_missing(value):
        return NO_DATA
    number = float(value)
    unit, scaled = _scaled(abs(number), language)
    return _signed(_three_digits(scaled) + (f" {unit}" if unit else ""), number)


def money(value: Number | None, currency_code: str | None, language: str) -> str:
    """An amount with its currency: «18.6 亿元» and «CNY 1.86 bn»."""
    if is_missing(value):
        return NO_DATA
    shown = quantity(value, language)
    if not currency_code:
        return shown
    if language == "en":
        return f"{currency_code} {shown}"
    return f"{shown}元" if currency_code == "CNY" else f"{shown} {currency_code}"


def share(value: Number | None) -> str:
    """A share (0–1) in percent with one decimal."""
    if is_missing(value):
        return NO_DATA
    number = float(value) * 100
    return _signed(f"{abs(number):.1f}%", round(number, 1))


def decimal(value: Number | None, digits: int = 1) -> str:
    """A number with a fixed count of decimals."""
    if is_missing(value):
        return NO_DATA
    number = float(value)
    return _signed(f"{abs(number):,.{digits}f}", round(number, digits))


def difference(value: Number | None, digits: int = 1) -> str:
    """A difference: always with its sign, except nothing at all."""
    if is_missing(value):
        return NO_DATA
    number = round(float(value), digits)
    sign = "+" if number > 0 else MINUS if number < 0 else ""
    return f"{sign}{abs(number):,.{digits}f}"


def days_late(value: Number | None) -> str:
    """Whole days against plan with their sign."""
    return difference(value, 0)


def date(value: dt.date | None) -> str:
    """A date, ISO."""
    return value.isoformat() if value else NO_DATA


def month(value: dt.date, language: str) -> str:
    """A month: «2025年9月», «Sep 2025»."""
    return f"{value.year}年{value.month}月" if language == "zh" else f"{value:%b %Y}"


def day(value: dt.date | None, language: str) -> str:
    """A date in words: «2026年3月9日», «9 March 2026»."""
    if value is None:
        return NO_DATA
    return f"{value.year}年{value.month}月{value.day}日" if language == "zh" else f"{value.day} {value:%B %Y}"


def moment(value: dt.datetime | None) -> str:
    """A time in UTC, to the minute."""
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else NO_DATA


def _scaled(magnitude: float, language: str) -> tuple[str, float]:
    # 999,950 is «1 m», not «1,000 k»: the unit is chosen after rounding to three digits.
    rounded = float(f"{magnitude:.3g}") if magnitude else 0.0
    floor = 1e4 if language == "zh" else 1e3
    for size, unit in _UNITS["zh" if language == "zh" else "en"]:
        if rounded >= size and rounded >= floor:
            return unit, rounded / size
    return "", rounded


def _three_digits(value: float) -> str:
    if value == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(value)))
    shown = f"{value:,.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _signed(shown: str, number: float) -> str:
    return f"{MINUS}{shown}" if number < 0 else shown
