"""A forecast of the service, for the tests of this folder."""

from typing import Any, Final

DOCUMENT: Final[dict[str, Any]] = {
    "model_name": "nextclose",
    "model_version": "20261124T014500Z-1a2b3c4d",
    "parameters": {"source": "csv", "levels": "0.05,0.1,0.25,0.5,0.75,0.9,0.95"},
    "outputs": [
        {"name": "forecast", "datatype": "FP64", "shape": [1], "data": [36.2]},
        {"name": "quantiles", "datatype": "FP64", "shape": [1, 7], "data": [35.2, 35.5, 35.8, 36.2, 36.5, 36.9, 37.2]},
        {"name": "naive", "datatype": "FP64", "shape": [1], "data": [36.19]},
    ],
}
