"""The predictor as a process."""

from collections.abc import Callable
from pathlib import Path

from model.artefact.manifest import ONNX, SAVED_MODEL
from model.contract.names import FEATURES
from model.endpoint.direct import DirectInfer
from model.endpoint.http import AppOptions, make_app
from model.endpoint.server import Ending, Server
from model.endpoint.sockets import host_port, listen_tcp, listen_unix
from model.serving.predictor import Predictor
from model.serving.runtime import Runtime
from model.serving.settings import PredictorSettings

_BODY = {
    "description": f"V2: `{FEATURES}` FP32 [n, 59, 3], standardised by the scaler of the same version.",
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}, "application/octet-stream": {}},
}


def serve_predictor(settings: PredictorSettings) -> None:
    """Serves until a signal ends it.

    Raises:
        AddressError: an address cannot be listened on.
    """
    # Addresses first: a port that is taken is told before seconds are spent on loading.
    listeners = [listen_tcp(settings.host, settings.port, "NEXTCLOSE_PREDICTOR_PORT")]
    if settings.socket is not None:
        listeners.append(listen_unix(settings.socket, "NEXTCLOSE_PREDICTOR_SOCKET"))
    predictor = Predictor(settings, _runtime_maker(settings))
    options = AppOptions(settings.body_limit, "The predictor of nextclose.", _BODY, [predictor.follow])
    Server(
        predictor,
        DirectInfer(make_app(predictor, options), predictor, settings.body_limit),
        listeners,
        grpc_address=host_port(settings.host, settings.grpc_port),
        message_limit=settings.body_limit,
        ending=Ending(settings.leave_seconds, settings.grace_seconds),
        access_log=settings.access_log,
    ).run()


def _runtime_maker(settings: PredictorSettings) -> Callable[[Path], Runtime]:
    # Imported once the addresses are known to be free, and only what is used: TensorFlow takes seconds.
    if settings.runtime == "onnx":
        from model.serving.onnx_runtime import OnnxRuntime

        return lambda folder: OnnxRuntime(folder / ONNX, settings.threads)
    from model.serving.tensorflow_runtime import TensorFlowRuntime, limit_threads

    limit_threads(settings.threads)
    return lambda folder: TensorFlowRuntime(folder / SAVED_MODEL, settings.batch_sizes, xla=settings.xla)
