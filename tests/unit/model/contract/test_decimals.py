import pytest

from model.contract.decimals import has_decimal_comma, to_decimal_point


@pytest.mark.parametrize(
    ("texts", "comma"),
    [
        (["36.19", "37"], False),
        (["36,19"], True),
        (["1,234", "36,19"], True),
        (["1,234", "1,235"], False),
        (["1.234,56", "7"], True),
        (["1,234.56", "1,5"], False),
        (["33.461.800"], True),
        (["33,461,800"], False),
        ([], False),
    ],
)
def test_first_unambiguous_number_decides(texts: list[str], comma: bool) -> None:
    assert has_decimal_comma(texts) is comma


def test_number_is_converted_to_a_decimal_point() -> None:
    assert to_decimal_point("1.234,56", comma=True) == "1234.56"
    assert to_decimal_point("1,234.56", comma=False) == "1234.56"
