from collections.abc import Sequence

import pytest

from jobs.cli.local_pair import PairSettings
from model.contract.errors import AddressError, SettingsError
from model.serving.predictor_settings import PredictorSettings
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
        ("0.0.0.0", "http://127.0.0.1:7001"),  # noqa: S104  # never bound
        ("::", "http://[::1]:7001"),
        ("localhost", "http://localhost:7001"),
    ],
)
def test_url_is_usable_by_local_clients(host: str, url: str) -> None:
    assert _settings((7001, 7002, 7003, 7004), host).url == url


def test_four_free_ports_pass() -> None:
    _settings(free_ports(4)).check_ports()


@pytest.mark.parametrize(("duplicates", "option"), [((0, 1), "--grpc-port"), ((0, 3), "--predictor-grpc-port")])
def test_duplicate_port_is_refused(duplicates: tuple[int, int], option: str) -> None:
    ports = free_ports(4)
    ports[duplicates[1]] = ports[duplicates[0]]
    with pytest.raises(
        SettingsError, match=rf"^{option}: expected a port different from --port, got {ports[duplicates[0]]}"
    ):
        _settings(ports).check_ports()


def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressError, match="cannot be used"):
        _settings(free_ports(4), host="192.0.2.1").check_ports()
