"""The S&P 500 index in the package `arch`: real prices without a network."""

from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from model.contract.errors import NoSuchSymbolError
from model.prices.sources.source import Progress, RawPrices, no_progress

SYMBOL: Final = "^GSPC"


class PackagedSource:
    """5,031 sessions of `^GSPC`, 1999-01-04 to 2018-12-31, downloaded from Yahoo Finance by the authors of `arch`."""

    name: Final = "arch"

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = no_progress) -> RawPrices:
        """Read the bars of the index; see `Source.fetch`.

        Raises:
            NoSuchSymbolError: The symbol is not `^GSPC`.
        """
        if symbol != SYMBOL:
            raise NoSuchSymbolError(f"arch: expected its only symbol, {SYMBOL}, got {symbol}")
        from arch.data import sp500

        progress(0, 1, f"{self.name} {symbol}")
        table = sp500.load()
        frame = pd.DataFrame(
            {
                "date": table.index.astype("datetime64[ns]"),
                **{name.lower(): table[name].astype(np.float64).to_numpy() for name in _COLUMNS},
            },
            index=pd.RangeIndex(1, len(table) + 1, name="row"),
        )
        progress(1, 1, f"{self.name} {symbol}")
        return RawPrices(symbol, self.name, frame, now, splits=(), split_adjusted=True)


_COLUMNS: Final = ("Open", "High", "Low", "Close", "Volume")
