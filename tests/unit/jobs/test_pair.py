from collections.abc import Sequence

import pytest

from jobs.pair import PairSettings
from model.contract.errors import AddressError, SettingsError
from model.serving.settings import PredictorSettings
from tests.serving.processes import free_ports
from transformer.settings import TransformerSettings


def _settings(ports: Sequence[int], host: str = "127.0.0.1") -> PairSettings:
    http, grpc, predictor, predictor_grpc = ports
    return PairSettings(
        TransformerSettings.model_validate({"host": host, "port": http, "grpc_port": grpc}),
        PredictorSettings.model_validate({"port": predictor, "grpc_port": predictor_grpc}),
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:7001"),
        ("0.0.0.0", "http://127.0.0.1:7001"),  # noqa: S104  # only written, never listened on
        ("::", "http://[::1]:7001"),
        ("localhost", "http://localhost:7001"),
    ],
)
def test_the_url_is_one_that_a_client_here_can_use(host: str, url: str) -> None:
    assert _settings((7001, 7002, 7003, 7004), host).url == url


def test_four_free_ports_are_fine() -> None:
    _settings(free_ports(4)).check_ports()


@pytest.mark.parametrize(("twice", "named"), [((0, 1), "--grpc-port"), ((0, 3), "--predictor-grpc-port")])
def test_one_port_for_two(twice: tuple[int, int], named: str) -> None:
    ports = free_ports(4)
    ports[twice[1]] = ports[twice[0]]
    with pytest.raises(SettingsError, match=rf"^{named}: expected another port than --port has, got {ports[twice[0]]}"):
        _settings(ports).check_ports()


def test_a_host_of_another_machine() -> None:
    with pytest.raises(AddressError, match="cannot be used"):
        _settings(free_ports(4), host="192.0.2.1").check_ports()
