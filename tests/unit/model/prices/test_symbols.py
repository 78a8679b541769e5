import pytest

from model.contract.errors import SettingsError
from model.prices.symbols import check_symbol, is_symbol


@pytest.mark.parametrize("symbol", ["PETR4.SA", "^GSPC", "BRL=X", "BRK-B", "0700.HK", "M&M.NS", "ES=F", "BTC-USD", "A"])
def test_real_symbols_are_valid(symbol: str) -> None:
    assert is_symbol(symbol)
    check_symbol(symbol)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/etc/passwd",
        "a..b",
        ".hidden",
        "-rf",
        "a b",
        "a\n",
        "a\0",
        "A" * 33,
        "%2e",
    ],
)
def test_parts_of_paths_are_refused(text: str) -> None:
    assert not is_symbol(text)
    with pytest.raises(SettingsError, match="symbol: expected a form like PETR4"):
        check_symbol(text)
