"""A V2 request for a window in the forms that people paste: JSON, curl, Python over HTTP, Python over gRPC."""

from collections.abc import Sequence
from enum import StrEnum

from model.contract import names
from model.protocol.forecast_request import window_request
from model.protocol.request_text import as_curl, as_json, as_python


class Form(StrEnum):
    """What a request is written as."""

    JSON = "json"
    CURL = "curl"
    PYTHON = "python"
    GRPC = "grpc"


def written(closes: Sequence[float], form: Form, *, url: str, grpc_address: str, model: str) -> str:
    """The request as text that works when pasted.

    Args:
        closes: 60 closes, oldest first, in price units.
        form: which.
        url: where the service answers HTTP.
        grpc_address: where it answers gRPC, `host:port`.
        model: name of the model.
    """
    request = window_request(closes)
    match form:
        case Form.JSON:
            return as_json(request)
        case Form.CURL:
            return as_curl(request, url, model)
        case Form.PYTHON:
            return as_python(request, url, model)
        case Form.GRPC:
            return _GRPC.format(address=grpc_address, model=model, name=names.CLOSE, closes=list(closes))


_GRPC = """\
# needs the package tritonclient[grpc]
import numpy as np
import tritonclient.grpc as v2

closes = np.array([{closes}])
tensor = v2.InferInput("{name}", list(closes.shape), "FP64")
tensor.set_data_from_numpy(closes)
answer = v2.InferenceServerClient("{address}").infer("{model}", [tensor])
for output in answer.get_response().outputs:
    print(output.name, answer.as_numpy(output.name).tolist())"""
