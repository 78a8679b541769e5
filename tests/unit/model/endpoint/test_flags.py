"""Flags of KServe: they override the environment, and unknown flags are ignored."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from model.contract.errors import SettingsError
from model.endpoint.flags import PREDICTOR_FLAGS, TRANSFORMER_FLAGS, read_flags
from model.endpoint.program import read_settings, run
from model.serving.predictor_settings import PredictorSettings
from transformer.settings import TransformerSettings


def transformer(*arguments: str) -> TransformerSettings:
    given = read_flags(TRANSFORMER_FLAGS, arguments)
    return read_settings(TransformerSettings, given.names, **given.settings)


def test_flags_that_kserve_injects_into_a_transformer_are_read() -> None:
    settings = transformer(
        "--model_name", "other", "--predictor_host", "prices-predictor.shop", "--http_port", "8085", "--workers", "2"
    )
    assert settings.model_name == "other"
    assert settings.predictor_url == "http://prices-predictor.shop"
    assert settings.port == 8085


def test_flags_of_a_serving_runtime_are_read_by_the_predictor() -> None:
    arguments = ["--model_name=nextclose", "--model_dir=/mnt/models", "--http_port=8080", "--grpc_port=9000"]
    given = read_flags(PREDICTOR_FLAGS, [*arguments, "--predictor_host=nobody"])
    settings = read_settings(PredictorSettings, given.names, **given.settings)
    assert (str(settings.models), settings.port, settings.grpc_port) == ("/mnt/models", 8080, 9000)
    assert given.ignored_arguments == ("--predictor_host=nobody",)


def test_flags_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOSE_PREDICTOR_URL", "http://elsewhere")
    monkeypatch.setenv("NEXTCLOSE_GRPC_PORT", "7001")
    settings = transformer("--predictor_host=here:8090")
    assert settings.predictor_url == "http://here:8090"
    assert settings.grpc_port == 7001


@pytest.mark.parametrize("host", ["localhost:8090", "10.0.0.7", "[::1]:8090", "a-predictor.b.svc.cluster.local"])
def test_predictor_host_becomes_a_url(host: str) -> None:
    assert transformer("--predictor_host", host).predictor_url == f"http://{host}"


@pytest.mark.parametrize("host", ["", "http://a", "a/b", "a:port", "a:99999", "a:0", ":80", "a b", "me@a", "[::1"])
def test_invalid_predictor_host_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match=r"--predictor_host: expected HOST or HOST:PORT, got"):
        transformer("--predictor_host", host)


def test_invalid_value_is_reported_with_its_flag() -> None:
    with pytest.raises(SettingsError, match=r"^--http_port: .*got '99999'$"):
        transformer("--http_port=99999")
    with pytest.raises(SettingsError, match=r"^--http_port: expected one argument$"):
        transformer("--http_port")


def test_unknown_flags_are_ignored() -> None:
    arguments = ["--workers", "3", "--predictor_protocol=v2", "--enable_docs_url=true", "--max_threads", "4"]
    given = read_flags(TRANSFORMER_FLAGS, [*arguments, "--enable_predictor_health_check", "--http", "1"])
    assert given.settings == {}  # `--http` is not an abbreviation of `--http_port`
    assert given.ignored_arguments == (*arguments, "--enable_predictor_health_check", "--http", "1")


@pytest.fixture
def restored_sigterm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("restored_sigterm")
def test_sigterm_before_the_server_runs_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(_settings: PredictorSettings) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    monkeypatch.setattr(sys, "argv", ["program"])
    with pytest.raises(SystemExit) as end:
        run(PredictorSettings, serve)
    assert end.value.code == 128 + signal.SIGTERM


@pytest.mark.usefixtures("restored_sigterm")
def test_flags_are_removed_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(sys, "argv", ["program", "--grpc_port=7001", "--workers=many"])
    run(PredictorSettings, lambda settings: seen.append((settings.grpc_port, sys.argv)), PREDICTOR_FLAGS)
    assert seen == [(7001, ["program"])]


@pytest.mark.parametrize("module", ["transformer", "model.serving"])
def test_program_ends_with_one_line_for_an_invalid_flag(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--grpc_port=none"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: --grpc_port: ")
    assert done.stderr.count("\n") == 1
