"""Checks of the four ports that `nextclose serve` listens on."""

from collections.abc import Iterator
from typing import Final

import httpx

from jobs.doctor.check_result import CheckResult, CheckStatus
from model.contract.errors import AddressError
from model.contract.names import SERVER_NAME
from model.endpoint.sockets import check_port, host_port
from model.serving.predictor_settings import PredictorSettings
from transformer.settings import TransformerSettings

_SECONDS: Final = 2.0


def port_checks(transformer: TransformerSettings, predictor: PredictorSettings) -> Iterator[CheckResult]:
    """Check each port. If a running nextclose service answers at the transformer's port, no check fails."""
    service_answers: bool | None = None  # not known yet
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
            service_answers = _answers_there(transformer) if service_answers is None else service_answers
            if service_answers:
                advice = f"none if this service is yours; for a second service set {variable} to another port"
                yield CheckResult(name, CheckStatus.NOTE, f"{found} (a running nextclose service)", advice)
            else:
                yield CheckResult(
                    name,
                    CheckStatus.FAILED,
                    found,
                    f"stop the program that listens there, or set {variable} to another port",
                )
        else:
            yield CheckResult(name, CheckStatus.OK, f"port {port} of {host} is free")


def _answers_there(transformer: TransformerSettings) -> bool:
    """Whether the transformer of a running nextclose service answers at this address."""
    url = f"http://{host_port(transformer.host, transformer.port)}/v2"
    try:
        answer = httpx.get(url, timeout=_SECONDS, trust_env=False)
        return bool(answer.json()["name"] == SERVER_NAME)
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False
