"""Numbers as people write them in tables: with a decimal point or a decimal comma, thousands parted or not."""

from collections.abc import Iterable


def decimal_comma(texts: Iterable[str]) -> bool:
    """Whether commas are decimal, from all numbers of a table: the first that can only be read one way decides.

    >>> decimal_comma(["1.234,56"]), decimal_comma(["1,234.56"]), decimal_comma(["36,19"]), decimal_comma(["1,234"])
    (True, False, True, False)
    """
    commas = False
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
        commas = commas or len(text) - comma - 1 != 3  # 16,55; but 1,234 may be either
    return commas


def with_point(text: str, *, comma: bool) -> str:
    """The same number with a decimal point and without marks between thousands.

    Args:
        text: as it stands in the table.
        comma: whether commas are decimal in it.
    """
    return text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
