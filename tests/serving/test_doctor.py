"""The doctor beside a service that runs: its ports are taken by what is wanted there."""

import socket
from urllib.parse import urlsplit

from jobs.doctor.finding import Result, healthy
from jobs.doctor.ports import port_checks
from model.serving.settings import PredictorSettings
from tests.serving.processes import Pair, free_ports
from transformer.settings import TransformerSettings


def test_a_nextclose_that_serves_is_no_fault(pair: Pair) -> None:
    http, grpc = urlsplit(pair.url).port, int(pair.transformer.grpc.rpartition(":")[2])
    predictor, predictor_grpc = free_ports(2)
    transformer = TransformerSettings.model_validate({"port": http, "grpc_port": grpc})
    settings = PredictorSettings.model_validate({"port": predictor, "grpc_port": predictor_grpc})
    found = list(port_checks(transformer, settings))
    assert [one.result for one in found] == [Result.NOTE, Result.NOTE, Result.OK, Result.OK]
    assert found[0].found == f"port {http} of 127.0.0.1 is taken by another program, and a nextclose serves there"
    assert "NEXTCLOSE_PORT" in str(found[0].advice)
    assert healthy(found)


def test_another_program_at_its_port_is_one(pair: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transformer = TransformerSettings.model_validate(
            {"port": silent.getsockname()[1], "grpc_port": int(pair.transformer.grpc.rpartition(":")[2])}
        )
        found = list(port_checks(transformer, PredictorSettings.model_validate({})))
    assert [one.result for one in found[:2]] == [Result.FAILED, Result.FAILED]
