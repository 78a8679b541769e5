"""The page of V2 as this service speaks it, from the contract: inputs, outputs, parameters, errors."""

from typing import Final

from handbook.markdown import code, page, section, table
from model.contract import errors, names
from model.contract.levels import INTERVALS, LEVELS, LEVELS_TEXT
from model.contract.status import INTERNAL, Status, answered_errors
from model.contract.window import MAX_JUMP, WINDOW
from model.protocol.tensors import TensorSpec
from transformer.forecast_request import INPUTS, OUTPUTS

# What the contract says of each name; a name without an entry fails the writing.
_MEANING: Final = {
    names.CLOSE: f"{WINDOW} daily closes a row in price units, oldest first, adjusted for splits and not for dividends",
    names.SYMBOL: "the window is taken from the price store",
    names.FORECAST: "the median of the next close, in price units",
    names.QUANTILES: f"the next close at the levels {', '.join(f'{level:g}' for level in LEVELS)}, in price units",
    names.NAIVE: 'the last close ("tomorrow = today")',
    names.DATA_UNTIL: "ISO date of the window's last close",
    names.TARGET_SESSION: "ISO date of the session that is forecast",
    names.STALE: "more than one session is missing in the stored prices; answered all the same",
}
_INTRO: Final = f"""
The service speaks V2, the [Open Inference Protocol](https://kserve.github.io/website/), over HTTP and gRPC, as
model `{names.MODEL_NAME}`. A request has one of the two inputs. JSON and V2's binary data both work, in and out;
`outputs` chooses outputs. How to ask from a program: [clients](../clients.md).
"""
_ERRORS: Final = """
The body of an error is `{"error": "..."}`: one line that names the field, what was expected and what came. Over
gRPC the same line is the details of the status. Headers (over gRPC: trailing metadata) tell programs what they need:
`error-reason` has the reason below, `x-request-id` the request's id, and `retry-after` (with 503) the seconds to wait.
The reason is also a label of `nextclose_requests_total` ([metrics](metrics.md)).
"""


def protocol_page() -> str:
    """Tensors, parameters, intervals and errors."""
    return page(
        "V2: inputs, outputs, errors",
        _INTRO,
        section("Inputs", _tensors(INPUTS)),
        section(
            "Outputs",
            _tensors(OUTPUTS),
            f"`{names.DATA_UNTIL}`, `{names.TARGET_SESSION}` and `{names.STALE}` are answered by symbol only.",
        ),
        section("Parameters", _parameters()),
        section("Intervals", _intervals()),
        section("Errors", _ERRORS, _errors()),
    )


def _tensors(specs: tuple[TensorSpec, ...]) -> str:
    return table(
        ("tensor", "datatype", "shape", ""),
        ((code(spec.name), " or ".join(spec.datatypes), spec.shape_text(), _MEANING[spec.name]) for spec in specs),
    )


def _parameters() -> str:
    return table(
        ("parameter", "where", ""),
        (
            (
                code(names.ALLOW_JUMPS),
                "of the request",
                f"true lets a change by more than a factor of {MAX_JUMP:g} from one close to the next pass",
            ),
            (code(names.LEVELS), "of the answer", f"the quantile levels: {code(LEVELS_TEXT)}"),
            (code(names.ARTEFACT), "of the answer", "digest of the version's manifest"),
            (code(names.SOURCE), "of the answer", "where the prices of the training came from"),
            (code("model_version"), "of the answer, V2's own field", "the version that computed it"),
        ),
    )


def _intervals() -> str:
    return table(
        ("central interval", f"columns of {code(names.QUANTILES)}, from 0", "levels"),
        (
            (f"{percent} %", f"{low} and {high}", f"{LEVELS[low]:g} to {LEVELS[high]:g}")
            for percent, (low, high) in INTERVALS.items()
        ),
    )


def _errors() -> str:
    rows = [(status, kind.reason, _first_line(kind)) for kind, status in answered_errors()]
    rows.append(
        (INTERNAL, errors.NextcloseError.reason, "A fault of this service; the log has it, under the request's id.")
    )
    return table(("HTTP", "gRPC", "reason", "when"), map(_row, rows))


def _row(found: tuple[Status, str, str]) -> tuple[str, ...]:
    status, reason, text = found
    return str(int(status.http)), status.grpc, code(reason), text


def _first_line(kind: type[errors.NextcloseError]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
