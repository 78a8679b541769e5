"""The `serve` command: predictor and transformer on this machine."""

from collections.abc import Mapping
from typing import Any

from jobs.cli.failure import until_interrupted
from jobs.cli.json_output import write_document
from jobs.cli.local_pair import Pair, PairSettings
from jobs.cli.options import GrpcPort, Host, Json, Port, PredictorGrpcPort, PredictorPort, Verbose
from jobs.cli.state import current_state
from jobs.cli.terminal import print_result, print_status
from jobs.settings import JobsSettings
from model.artefact.address import open_served_version
from model.contract.errors import NoVersionError
from model.endpoint.program import read_settings
from model.endpoint.sockets import host_port
from model.serving.predictor_settings import PredictorSettings
from transformer.settings import TransformerSettings


def pair_settings(transformer: Mapping[str, Any], predictor: Mapping[str, Any]) -> PairSettings:
    """Read the settings of both roles; options override the environment."""
    return PairSettings(
        read_settings(TransformerSettings, **transformer),
        read_settings(PredictorSettings, **predictor),
        log_level="debug" if current_state().verbose else "warning",
    )


def show_addresses(settings: PairSettings, symbol: str | None) -> None:
    """Print the addresses of the pair and a curl command."""
    url, model = settings.url, settings.transformer.model_name
    print_result(f"docs      {url}/docs")
    print_result(f"metrics   {url}/metrics")
    print_result(f"symbols   {url}/symbols")
    print_result(f"gRPC      {settings.transformer.host}:{settings.transformer.grpc_port}")
    if symbol is not None:
        body = f'{{"inputs":[{{"name":"symbol","datatype":"BYTES","shape":[1],"data":["{symbol}"]}}]}}'
        print_result(f"curl -s {url}/v2/models/{model}/infer -d '{body}'")


def addresses(settings: PairSettings) -> dict[str, object]:
    """The addresses of the pair, for `--json`."""
    transformer, predictor = settings.transformer, settings.predictor
    return {
        "url": settings.url,
        "grpc": host_port(transformer.host, transformer.grpc_port),
        "predictor": {"host": predictor.host, "port": predictor.port, "grpc_port": predictor.grpc_port},
        "model": transformer.model_name,
    }


def _has_version(settings: TransformerSettings) -> bool:
    """Whether a version can be served. A corrupt version raises immediately instead of after the wait for readiness."""
    try:
        served = open_served_version(settings.models, settings.model_name)
        served.open(served.find())
    except NoVersionError as error:
        print_status(f"note: {error}; requests get 503 until `nextclose export` publishes a version")
        return False
    return True


def serve(
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    predictor_port: PredictorPort = None,
    predictor_grpc_port: PredictorGrpcPort = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Serve the current version until Ctrl-C.

    As in the pod, predictor and transformer are two processes connected by a Unix socket.
    """
    settings = pair_settings(
        {"host": host, "port": port, "grpc_port": grpc_port},
        {"port": predictor_port, "grpc_port": predictor_grpc_port},
    )
    ready = _has_version(settings.transformer)
    with until_interrupted(), Pair(settings) as pair:
        if ready:
            pair.wait_ready()
        jobs = read_settings(JobsSettings)
        show_addresses(settings, jobs.symbols[0])
        write_document({**addresses(settings), "ready": ready})
        pair.wait()
