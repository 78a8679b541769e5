"""Start of a process: settings, their error messages, and logging."""

import json
from pathlib import Path

import pytest
import structlog

from model.contract.errors import SettingsError
from model.endpoint.program import configure_logging, read_settings
from model.serving.predictor_settings import PredictorSettings
from transformer.settings import TransformerSettings


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("NEXTCLOSE_PORT", "abc", "NEXTCLOSE_PORT: Input should be a valid integer.*got 'abc'"),
        ("NEXTCLOSE_PORT", "70000", "NEXTCLOSE_PORT: Input should be less than or equal to 65535, got '70000'"),
        ("NEXTCLOSE_REQUEST_TIMEOUT", "0", "NEXTCLOSE_REQUEST_TIMEOUT: Input should be greater than 0"),
    ],
)
def test_message_names_the_invalid_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=message):
        read_settings(TransformerSettings)


def test_message_names_a_list_that_is_not_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOSE_PREDICTOR_BATCH_SIZES", "1,4,16")
    with pytest.raises(SettingsError, match=r"batch_sizes.*JSON"):
        read_settings(PredictorSettings)


def test_arguments_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOSE_PORT", "1234")
    assert read_settings(TransformerSettings).port == 1234
    assert read_settings(TransformerSettings, port=4321).port == 4321
    assert read_settings(TransformerSettings, port=None).port == 1234


def test_both_roles_read_the_address_of_models_from_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOSE_MODELS", "/mnt/models")
    assert read_settings(TransformerSettings).models == str(read_settings(PredictorSettings).models)


def test_variables_without_the_prefix_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in PredictorSettings.model_fields:
        monkeypatch.setenv(name.upper(), str(tmp_path / "unrelated"))
    assert read_settings(PredictorSettings) == PredictorSettings.model_construct()
    monkeypatch.setenv("NEXTCLOSE_MODELS", "/shared")
    assert read_settings(PredictorSettings).models == Path("/shared")
    monkeypatch.setenv("NEXTCLOSE_PREDICTOR_MODELS", "/own")
    assert read_settings(PredictorSettings).models == Path("/own")
    assert read_settings(PredictorSettings, models=tmp_path).models == tmp_path


def test_log_lines_are_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NEXTCLOSE_LOG_FORMAT", "json")
    configure_logging("info")
    log = structlog.get_logger()
    log.debug("not shown")
    log.info("serving", version="v1")
    try:
        raise ValueError("why")  # noqa: TRY301  # for the traceback
    except ValueError:
        log.exception("failed")
    serving, failed = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert serving["event"] == "serving"
    assert serving["version"] == "v1"
    assert serving["level"] == "info"
    assert "ValueError: why" in failed["exception"]
    structlog.reset_defaults()


@pytest.mark.parametrize(("variable", "value"), [("NEXTCLOSE_LOG_LEVEL", "loud"), ("NEXTCLOSE_LOG_FORMAT", "xml")])
def test_unknown_log_level_or_format_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"{variable}: expected .*, got '{value}'"):
        configure_logging()
