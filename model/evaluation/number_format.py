"""Formatting of numbers in sentences and tables."""


def percent_text(share: float, digits: int = 1) -> str:
    """A fraction as a percentage: `0.123` as `12.3 %`."""
    return f"{100 * share:.{digits}f} %"


def lower_text(saved: float) -> str:
    """A skill as a comparative: `0.012` as `1.20 % lower`, `-0.012` as `1.20 % higher`."""
    return f"{percent_text(abs(saved), 2)} {'lower' if saved >= 0 else 'higher'}"


def p_text(p: float) -> str:
    """A p-value with two significant digits, without false precision near zero: `p = 0.04`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
