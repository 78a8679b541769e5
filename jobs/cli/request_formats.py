"""V2 requests as text: JSON, curl, Python over HTTP, Python over gRPC."""

from collections.abc import Sequence
from enum import StrEnum

from model.contract import names
from model.protocol.request_documents import window_request
from model.protocol.request_text import as_curl, as_json, as_python


class RequestFormat(StrEnum):
    """Format of a request."""

    JSON = "json"
    CURL = "curl"
    PYTHON = "python"
    GRPC = "grpc"


def format_request(closes: Sequence[float], form: RequestFormat, *, url: str, grpc_address: str, model: str) -> str:
    """Write a request for a window as text that can be run as it is.

    Args:
        closes: 60 closes, oldest first, in price units.
        form: Format of the text.
        url: HTTP address of the service.
        grpc_address: gRPC address of the service, as `host:port`.
        model: Name of the model.
    """
    request = window_request(closes)
    match form:
        case RequestFormat.JSON:
            return as_json(request)
        case RequestFormat.CURL:
            return as_curl(request, url, model)
        case RequestFormat.PYTHON:
            return as_python(request, url, model)
        case RequestFormat.GRPC:
            return _GRPC.format(address=grpc_address, model=model, name=names.CLOSE, closes=list(closes))


_GRPC = """\
# requires the package tritonclient[grpc]
import numpy as np
import tritonclient.grpc as v2

closes = np.array([{closes}])
tensor = v2.InferInput("{name}", list(closes.shape), "FP64")
tensor.set_data_from_numpy(closes)
answer = v2.InferenceServerClient("{address}").infer("{model}", [tensor])
for output in answer.get_response().outputs:
    print(output.name, answer.as_numpy(output.name).tolist())"""
