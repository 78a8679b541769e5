import pytest

from dashboard.settings import DashboardSettings
from model.contract.errors import SettingsError
from model.endpoint.program import read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("URL", "127.0.0.1:8080"), ("URL", "ftp://x"), ("PORT", "0"), ("PORT", "tcp://10.0.0.1:80"), ("TIMEOUT", "0"),
     ("PROMETHEUS", "prometheus"), ("PUBLIC_URL", "http://")],
)  # fmt: skip
def test_invalid_setting_is_reported_with_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"NEXTCLOSE_DASHBOARD_{name}", value)
    with pytest.raises(SettingsError, match=f"NEXTCLOSE_DASHBOARD_{name}: .*{value[:9]}"):
        read_settings(DashboardSettings)


def test_settings_of_the_chart_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOSE_DASHBOARD_URL", "http://nextclose-predictor")
    monkeypatch.setenv("NEXTCLOSE_DASHBOARD_PORT", "8501")
    found = read_settings(DashboardSettings)
    assert (found.url, found.port, found.model_name, found.prometheus) == (
        "http://nextclose-predictor", 8501, "nextclose", None,
    )  # fmt: skip
