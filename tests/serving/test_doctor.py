"""The checks of ports by `doctor` next to a running service."""

import socket
from urllib.parse import urlsplit

from jobs.doctor.check_result import CheckStatus, healthy
from jobs.doctor.ports import port_checks
from model.serving.predictor_settings import PredictorSettings
from tests.serving.processes import Pair, free_ports
from transformer.settings import TransformerSettings


def test_ports_of_a_running_service_are_a_note(pair: Pair) -> None:
    http, grpc = urlsplit(pair.url).port, int(pair.transformer.grpc.rpartition(":")[2])
    predictor, predictor_grpc = free_ports(2)
    transformer = TransformerSettings.model_validate({"port": http, "grpc_port": grpc})
    settings = PredictorSettings.model_validate({"port": predictor, "grpc_port": predictor_grpc})
    found = list(port_checks(transformer, settings))
    assert [one.result for one in found] == [CheckStatus.NOTE, CheckStatus.NOTE, CheckStatus.OK, CheckStatus.OK]
    assert found[0].found == f"port {http} of 127.0.0.1 is in use by another program (a running nextclose service)"
    assert "NEXTCLOSE_PORT" in str(found[0].advice)
    assert healthy(found)


def test_port_of_another_program_is_a_failure(pair: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transformer = TransformerSettings.model_validate(
            {"port": silent.getsockname()[1], "grpc_port": int(pair.transformer.grpc.rpartition(":")[2])}
        )
        found = list(port_checks(transformer, PredictorSettings.model_validate({})))
    assert [one.result for one in found[:2]] == [CheckStatus.FAILED, CheckStatus.FAILED]
