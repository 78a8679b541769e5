"""The predictor process."""

from collections.abc import Callable
from pathlib import Path

from model.artefact.manifest import ONNX, SAVED_MODEL
from model.endpoint.http_app import make_app
from model.endpoint.inference import Inference
from model.endpoint.server import Listeners, Server, UnixAddress
from model.endpoint.sockets import host_port, listen_tcp
from model.serving.predictor import Predictor
from model.serving.predictor_settings import PredictorSettings
from model.serving.runtime import Runtime


def serve_predictor(settings: PredictorSettings) -> None:
    """Serve until a signal ends the process.

    Raises:
        AddressError: An address cannot be listened on.
    """
    # Addresses first: a port that is in use is reported before seconds are spent on loading.
    listeners = Listeners(
        http=listen_tcp(settings.host, settings.port, "NEXTCLOSE_PREDICTOR_PORT"),
        grpc=host_port(settings.host, settings.grpc_port),
        unix=UnixAddress(settings.socket, "NEXTCLOSE_PREDICTOR_SOCKET") if settings.socket else None,
    )
    predictor = Predictor(settings, _runtime_maker(settings))
    inference = Inference(predictor, settings)
    app = make_app(inference, background=[predictor.follow])
    Server(app, inference, listeners).run()


def _runtime_maker(settings: PredictorSettings) -> Callable[[Path], Runtime]:
    # Only the runtime in use is imported, after the addresses are bound: TensorFlow takes seconds.
    if settings.runtime == "onnx":
        from model.serving.onnx_runtime import OnnxRuntime

        return lambda folder: OnnxRuntime(folder / ONNX, settings.threads)
    from model.serving.tensorflow_runtime import TensorFlowRuntime, limit_threads

    limit_threads(settings.threads)
    return lambda folder: TensorFlowRuntime(folder / SAVED_MODEL, settings.batch_sizes, xla=settings.xla)
