"""Numbers in as few letters as an axis or a label can spare: "1.2K", "$1M", "85%"."""

from __future__ import annotations

import math

from bot.languages import figure, said

_AFTER = {"%": "%", "x": "x", "hours": " h", "days": " d", "minutes": " min", "seconds": " s"}
_AFTER |= {symbol: f" {symbol}" for symbol in ("min", "h", "s", "ms", "bytes", "KB", "MB", "GB", "TB")}
_POWERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def print_short(value: float, unit: str) -> str:
    """A value on its own: two decimals or three digits, whichever says more; short from a million on."""
    size = abs(value)
    if _is_beyond_words(size, size):
        return _dress(value, _scientific(size), unit)
    divisor, letter = _power(size) if size >= 1e6 else (1.0, "")
    digits = max(2, 2 - math.floor(math.log10(size / divisor))) if 0 < size < 1000 or size >= 1e6 else 0
    return _dress(value, with_power(_trim(size / divisor, digits), letter), unit)


def print_tick(value: float, step: float, unit: str) -> str:
    """A mark on an axis, told apart from the next one, `step` away."""
    size = abs(value)
    if _is_beyond_words(size, step):
        return _dress(value, _scientific(size), unit)
    divisor, letter = _power(size)
    digits = max(0, 1 - math.floor(math.log10(step / divisor)))
    return _dress(value, with_power(_trim(size / divisor, digits), letter), unit)


def with_power(number: str, letter: str) -> str:
    """Thousands, millions and more behind their number: "1.2M"."""
    match letter:
        case "K":
            return said("{number}K", number=number)
        case "M":
            return said("{number}M", number=number)
        case "B":
            return said("{number}B", number=number)
        case "T":
            return said("{number}T", number=number)
    return number


def with_currency(number: str, currency: str) -> str:
    """An amount of money: "$1,200"."""
    return said("{currency}{number}", currency=currency, number=number)


def _is_beyond_words(size: float, step: float) -> bool:
    return size > 0 and (size >= 1e15 or step < 1e-4)


def _power(size: float) -> tuple[float, str]:
    return next(((by, letter) for by, letter in _POWERS if size >= by * 0.9999999), (1.0, ""))


def _trim(size: float, digits: int) -> str:
    number = f"{size:,.{min(digits, 12)}f}"
    return figure(number.rstrip("0").rstrip(".") if "." in number else number)


def _scientific(size: float) -> str:
    mantissa, power = f"{size:.2e}".split("e")
    return f"{_trim(float(mantissa), 2)}e{int(power)}".replace("e-", "e−")


def _dress(value: float, number: str, unit: str) -> str:
    sign = "−" if value < 0 and number.strip("0.") else ""
    return sign + (with_currency(number, "$") if unit == "$" else f"{number}{_AFTER.get(unit, '')}")
