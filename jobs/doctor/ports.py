"""Whether the four ports that `nextclose serve` listens on are free."""

from collections.abc import Iterator

from jobs.doctor.finding import Finding, Result
from model.contract.errors import AddressError
from model.endpoint.sockets import check_port
from model.serving.settings import PredictorSettings
from transformer.settings import TransformerSettings


def port_checks(transformer: TransformerSettings, predictor: PredictorSettings) -> Iterator[Finding]:
    """One check a port."""
    for name, variable, host, port in (
        ("transformer HTTP", "NEXTCLOSE_PORT", transformer.host, transformer.port),
        ("transformer gRPC", "NEXTCLOSE_GRPC_PORT", transformer.host, transformer.grpc_port),
        ("predictor HTTP", "NEXTCLOSE_PREDICTOR_PORT", predictor.host, predictor.port),
        ("predictor gRPC", "NEXTCLOSE_PREDICTOR_GRPC_PORT", predictor.host, predictor.grpc_port),
    ):
        try:
            check_port(host, port, variable)
        except AddressError as error:
            yield Finding(
                name,
                Result.FAILED,
                str(error).partition(";")[0],
                f"end what listens there (`nextclose serve` itself, perhaps), or set {variable} to another port",
            )
        else:
            yield Finding(name, Result.OK, f"port {port} of {host} is free")
