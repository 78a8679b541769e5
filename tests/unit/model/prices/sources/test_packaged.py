from datetime import datetime

import pytest

from model.contract.errors import NoSuchSymbolError
from model.prices.schema import check_bars
from model.prices.sources.packaged import PackagedSource


def test_packaged_index_has_valid_bars(now: datetime) -> None:
    raw = PackagedSource().fetch("^GSPC", now=now)
    check_bars(raw.frame, "x")
    assert len(raw.frame) == 5031
    assert (raw.source, raw.downloaded_at, raw.splits) == ("arch", now, ())


def test_other_symbols_are_unknown(now: datetime) -> None:
    with pytest.raises(NoSuchSymbolError, match=r"\^GSPC, got PETR4\.SA"):
        PackagedSource().fetch("PETR4.SA", now=now)
