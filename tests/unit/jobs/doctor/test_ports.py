import socket

from jobs.doctor.check_result import CheckStatus
from jobs.doctor.ports import port_checks
from model.serving.predictor_settings import PredictorSettings
from tests.serving.processes import free_ports
from transformer.settings import TransformerSettings


def test_port_in_use_fails_and_names_its_setting() -> None:
    http, grpc, predictor, predictor_grpc = free_ports(4)
    transformer = TransformerSettings.model_validate({"port": http, "grpc_port": grpc})
    settings = PredictorSettings.model_validate({"port": predictor, "grpc_port": predictor_grpc})
    assert {one.result for one in port_checks(transformer, settings)} == {CheckStatus.OK}
    with socket.create_server(("127.0.0.1", predictor_grpc)):
        found = {one.check: one for one in port_checks(transformer, settings)}
    assert [name for name, one in found.items() if one.result is CheckStatus.FAILED] == ["predictor gRPC"]
    assert found["predictor gRPC"].found == f"port {predictor_grpc} of 127.0.0.1 is in use by another program"
    assert "NEXTCLOSE_PREDICTOR_GRPC_PORT" in str(found["predictor gRPC"].advice)
