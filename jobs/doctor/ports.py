"""Whether the four ports that `nextclose serve` listens on are free, or taken by a service of this kind that runs."""

from collections.abc import Iterator
from typing import Final

import httpx

from jobs.doctor.finding import Finding, Result
from model.contract.errors import AddressError
from model.contract.names import SERVER_NAME
from model.endpoint.sockets import check_port, host_port
from model.serving.settings import PredictorSettings
from transformer.settings import TransformerSettings

_SECONDS: Final = 2.0


def port_checks(transformer: TransformerSettings, predictor: PredictorSettings) -> Iterator[Finding]:
    """One check a port. None of them fails where the transformer's is taken by a service that answers."""
    serving: bool | None = None  # not asked yet
    for name, variable, host, port in (
        ("transformer HTTP", "NEXTCLOSE_PORT", transformer.host, transformer.port),
        ("transformer gRPC", "NEXTCLOSE_GRPC_PORT", transformer.host, transformer.grpc_port),
        ("predictor HTTP", "NEXTCLOSE_PREDICTOR_PORT", predictor.host, predictor.port),
        ("predictor gRPC", "NEXTCLOSE_PREDICTOR_GRPC_PORT", predictor.host, predictor.grpc_port),
    ):
        try:
            check_port(host, port, variable)
        except AddressError as error:
            found = str(error).partition(";")[0]
            serving = _serving(transformer) if serving is None else serving
            if serving:
                advice = f"nothing, where it is yours; a second one beside it wants another {variable}"
                yield Finding(name, Result.NOTE, f"{found}, and a nextclose serves there", advice)
            else:
                yield Finding(name, Result.FAILED, found, f"end what listens there, or set {variable} to another port")
        else:
            yield Finding(name, Result.OK, f"port {port} of {host} is free")


def _serving(transformer: TransformerSettings) -> bool:
    """Whether the transformer of a nextclose answers where this one would listen."""
    url = f"http://{host_port(transformer.host, transformer.port)}/v2"
    try:
        answer = httpx.get(url, timeout=_SECONDS, trust_env=False)
        return bool(answer.json()["name"] == SERVER_NAME)
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False
