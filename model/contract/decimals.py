"""Numbers in tables written by people: decimal point or decimal comma, with or without thousands separators."""

from collections.abc import Iterable


def has_decimal_comma(texts: Iterable[str]) -> bool:
    """Decide from all numbers of a table whether its commas are decimal commas.

    The first unambiguous number decides.

    >>> decimal_comma(["1.234,56"]), decimal_comma(["1,234.56"]), decimal_comma(["36,19"]), decimal_comma(["1,234"])
    (True, False, True, False)
    """
    is_decimal = False
    for text in texts:
        point, comma = text.rfind("."), text.rfind(",")
        if comma < 0:
            if text.count(".") > 1:
                return True  # 33.461.800
            continue
        if point >= 0:
            return comma > point  # 1.234,56 or 1,234.56
        if text.count(",") > 1:
            return False  # 33,461,800
        is_decimal = is_decimal or len(text) - comma - 1 != 3  # 16,55; but 1,234 is ambiguous
    return is_decimal


def to_decimal_point(text: str, *, comma: bool) -> str:
    """Convert a number to a decimal point and no thousands separators.

    Args:
        text: The number as written in the table.
        comma: Whether its commas are decimal commas.
    """
    return text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
