"""Documents `/report`, `/versions` and `/status` of the service, limited to the fields that the dashboard reads."""

from typing import Any, Final

_ROW: Final = {"points": 250, "mae": 0.4, "crps": 0.008, "coverage": {"50": 0.5, "80": 0.8, "90": 0.9}}

REPORT: Final[dict[str, Any]] = {
    "version": "20261124T014500Z-1a2b3c4d",
    "range": {"first": "2023-12-27", "last": "2024-12-30", "sessions": 250},
    "verdict": {"point": "tie", "distribution": "better", "text": "It ties."},
    "measures": {"model": _ROW, "naive": {**_ROW, "mae": None}},
    "skill": {"naive": 0.02},
    "over_time": {
        "window": 2, "date": ["2024-12-27", "2024-12-30"], "error": [0.01, 0.02], "naive_error": [0.01, 0.03],
        "coverage": {"50": [0.5, 0.4], "80": [0.8, 0.7], "90": [0.9, 0.95]},
    },
    "calibration": {"observed": [0.05, 0.1, 0.3, 0.5, 0.75, 0.9, 0.95], "points": 250},
    "forecasts": {
        "PETR4.SA": {
            "date": ["2024-12-30"], "last": [36.0], "actual": [36.1],
            "quantiles": [[35, 35.3, 35.7, 36, 36.3, 36.7, 37]],
        }
    },
    "gate": {"promoted": True, "sentence": "Passed: all 4 checks passed."},
}  # fmt: skip

VERSIONS: Final[dict[str, Any]] = {
    "served": {
        "version": "20261124T014500Z-1a2b3c4d", "created": "2026-11-24T01:45:00+00:00", "data_until": "2026-11-23",
        "symbols": "PETR4.SA,VALE3.SA", "source": "csv", "state": "trained",
    },
    "versions": ["20261123T014500Z-0a1b2c3d", "20261124T014500Z-1a2b3c4d"],
    "promotions": [
        {
            "at": "2026-11-24T02:00:00Z", "action": "promote", "by": "refresh", "outcome": "done",
            "version": "20261124T014500Z-1a2b3c4d",
        }
    ],
}  # fmt: skip

STATUS: Final[dict[str, Any]] = {
    "version": "20261124T014500Z-1a2b3c4d",
    "roles": {"transformer": {"ready": True, "reason": None}, "predictor": {"ready": False, "reason": "no answer"}},
    "refresh": {
        "last_run": {
            "at": "2026-11-24T22:30:00Z", "result": "promoted", "seconds": 75.0,
            "steps": [{"step": "collect", "result": "collected", "detail": "new prices", "seconds": 1.5}],
        },
        "last_gate": {"at": "2026-11-24T22:30:00Z", "version": "v", "promoted": True, "sentence": "Promoted."},
    },
    "refused_in_a_row": 0,
}  # fmt: skip


def changed(document: Any, path: str, value: Any) -> Any:
    """Return a copy of a document with one value changed or removed.

    Args:
        document: The document.
        path: Path of the value, such as `roles.predictor.ready`.
        value: The new value; `...` removes the value.
    """
    name, _, rest = path.partition(".")
    copy: Any
    key: Any
    copy, key = (list(document), int(name)) if isinstance(document, list) else (dict(document), name)
    if not rest and value is ...:
        del copy[key]
    else:
        copy[key] = changed(copy[key], rest, value) if rest else value
    return copy
