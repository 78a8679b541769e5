"""Reference page of V2, generated from the contract: inputs, outputs, parameters, errors."""

from typing import Final

from model.contract import errors, names
from model.contract.levels import INTERVALS, LEVELS, LEVELS_TEXT
from model.contract.status import INTERNAL, Status, errors_with_status
from model.contract.window import MAX_JUMP, WINDOW
from model.protocol.tensors import TensorSpec
from tools.reference.markdown import code, page, section, table
from transformer.forecast_request import INPUTS, OUTPUTS

# Descriptions of tensors. A tensor without a description fails the generation.
_DESCRIPTIONS: Final = {
    names.CLOSE: f"{WINDOW} daily closes per row, oldest first, in price units, adjusted for splits but not dividends",
    names.SYMBOL: "the symbol whose window is read from the price store",
    names.FORECAST: "the median of the next close, in price units",
    names.QUANTILES: f"the next close at the levels {', '.join(f'{level:g}' for level in LEVELS)}, in price units",
    names.NAIVE: 'the last close ("tomorrow = today")',
    names.DATA_UNTIL: "ISO date of the window's last close",
    names.TARGET_SESSION: "ISO date of the session that is forecast",
    names.STALE: "whether the stored prices lack more than one session; the request is answered anyway",
}
_INTRO: Final = f"""
The service speaks V2, the [Open Inference Protocol](https://kserve.github.io/website/), over HTTP and gRPC, as
model `{names.MODEL_NAME}`. A request has one of the two inputs. Requests and answers can use JSON or V2's binary
tensors; the field `outputs` selects outputs. Example programs: [clients](../clients.md).
"""
_ERRORS: Final = """
The body of an error is `{"error": "..."}`: one line with the field, the expected and the actual value. Over gRPC, the
same line is in the details of the status. Programs should read the headers (over gRPC: trailing metadata) instead:
`error-reason` is a reason from the table below, `x-request-id` is the id of the request, and `retry-after` (with 503)
is the number of seconds to wait. The reason is also a label of `nextclose_requests_total` ([metrics](metrics.md)).
"""


def protocol_page() -> str:
    """Write the page with tensors, parameters, intervals and errors."""
    return page(
        "V2: inputs, outputs, errors",
        _INTRO,
        section("Inputs", _tensors(INPUTS)),
        section(
            "Outputs",
            _tensors(OUTPUTS),
            f"Only answers by symbol have `{names.DATA_UNTIL}`, `{names.TARGET_SESSION}` and `{names.STALE}`.",
        ),
        section("Parameters", _parameters()),
        section("Intervals", _intervals()),
        section("Errors", _ERRORS, _errors()),
    )


def _tensors(specs: tuple[TensorSpec, ...]) -> str:
    return table(
        ("tensor", "datatype", "shape", "description"),
        ((code(spec.name), " or ".join(spec.datatypes), spec.shape_text(), _DESCRIPTIONS[spec.name]) for spec in specs),
    )


def _parameters() -> str:
    return table(
        ("parameter", "part of", "description"),
        (
            (
                code(names.ALLOW_JUMPS),
                "the request",
                f"true allows consecutive closes to differ by more than a factor of {MAX_JUMP:g}",
            ),
            (code(names.LEVELS), "the answer", f"the quantile levels: {code(LEVELS_TEXT)}"),
            (code(names.ARTEFACT), "the answer", "digest of the version's manifest"),
            (code(names.SOURCE), "the answer", "source of the training prices"),
            (code("model_version"), "the answer, a field of V2", "the version that computed the answer"),
        ),
    )


def _intervals() -> str:
    return table(
        ("central interval", f"columns of {code(names.QUANTILES)}, counted from 0", "levels"),
        (
            (f"{percent} %", f"{low} and {high}", f"{LEVELS[low]:g} to {LEVELS[high]:g}")
            for percent, (low, high) in INTERVALS.items()
        ),
    )


def _errors() -> str:
    rows = [(status, kind.reason, _first_line(kind)) for kind, status in errors_with_status()]
    rows.append(
        (
            INTERNAL,
            errors.NextcloseError.reason,
            "Internal error of the service; the log contains it with the id of the request.",
        )
    )
    return table(("HTTP", "gRPC", "reason", "when"), map(_row, rows))


def _row(found: tuple[Status, str, str]) -> tuple[str, ...]:
    status, reason, text = found
    return str(int(status.http)), status.grpc, code(reason), text


def _first_line(kind: type[errors.NextcloseError]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
