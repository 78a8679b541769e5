"""`forecast` and `request` against a served version: the printed requests can be run as they are."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.cli.nextclose import CommandResult, environment, run, run_several
from tests.cli.workplace import Served
from tests.programs import require_program


def _request_text(served: Served, row: int, form: str) -> CommandResult:
    """Run `request` for the window that ends at a row of the series."""
    place, ports = served.place, served.ports
    address = ("--url", ports.url, "--grpc", f"127.0.0.1:{ports.grpc}")
    day = place.series.dates[row]
    return run(place.folder, "request", "-s", place.symbol, "--date", day, "--as", form, *address).check_success()


def _answer(served: Served, row: int) -> dict[str, Any]:
    """Request the outputs for the window that ends at a row of the series."""
    window = served.place.series.adjusted[row - 59 : row + 1]
    tensor = {"name": "close", "datatype": "FP64", "shape": [1, 60], "data": window.tolist()}
    return _post(served, {"inputs": [tensor]})


def _post(served: Served, body: object) -> dict[str, Any]:
    url = f"{served.ports.url}/v2/models/nextclose/infer"
    response = httpx.post(url, json=body, timeout=30, trust_env=False)
    assert response.status_code == 200, response.text
    return _outputs(response.json())


def _outputs(document: dict[str, Any]) -> dict[str, Any]:
    outputs = document["outputs"]
    assert isinstance(outputs, list)
    return {output["name"]: output["data"] for output in outputs}


def _executed(command: list[str], source: str = "") -> str:
    done = subprocess.run(
        command, input=source, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_json_request_has_the_window_and_reports_the_next_close(served: Served) -> None:
    series = served.place.series
    row = len(series) // 2
    done = _request_text(served, row, "json")
    (tensor,) = json.loads(done.out)["inputs"]
    np.testing.assert_array_equal(tensor["data"], series.adjusted[row - 59 : row + 1])
    assert done.err == (
        f"{served.place.symbol}, 60 closes until {series.dates[row]}; "
        f"next close: {series.adjusted[row + 1]:.10g} on {series.dates[row + 1]}\n"
    )
    assert _post(served, json.loads(done.out)) == _answer(served, row)


def test_last_window_has_no_next_close(served: Served) -> None:
    place = served.place
    done = run(place.folder, "request", "-s", place.symbol).check_success()
    assert done.err == f"{place.symbol}, 60 closes until {place.series.last}; next close: not known yet\n"
    assert json.loads(done.out)["inputs"][0]["data"][-1] == place.series.adjusted[-1]


def test_curl_request_runs_in_a_shell(served: Served) -> None:
    require_program("curl")
    line = _request_text(served, 700, "curl").out
    assert len(line.splitlines()) == 1
    status = "-w '\\n%{http_code}'"
    body, code = _executed(["sh", "-c", f"{line.rstrip()} {status}"]).rsplit("\n", 1)
    assert code == "200"
    assert _outputs(json.loads(body)) == _answer(served, 700)


def test_python_request_runs_over_http(served: Served) -> None:
    printed = _executed([sys.executable, "-"], _request_text(served, 800, "python").out)
    assert _outputs(json.loads(printed)) == _answer(served, 800)


def test_python_request_runs_over_grpc(served: Served) -> None:
    printed = _executed([sys.executable, "-"], _request_text(served, 900, "grpc").out)
    answer = _answer(served, 900)
    found = {name: json.loads(values) for name, values in (line.split(" ", 1) for line in printed.splitlines())}
    assert found.keys() == answer.keys()
    for name, values in found.items():
        np.testing.assert_allclose(np.ravel(values), np.ravel(answer[name]), rtol=1e-12)


def test_dates_without_a_window_are_refused(served: Served) -> None:
    place, series = served.place, served.place.series
    weekend = next(day for day in series.dates[100] + np.arange(7) if day.item().weekday() == 6)
    after = series.dates[-1] + 3650
    commands = [
        ("request", "-s", place.symbol, "--date", date) for date in (weekend, series.dates[58], after, "next week")
    ]
    no_session, too_early, too_late, no_date = run_several(place.folder, *commands)
    assert f"expected a session with a stored close of {place.symbol}" in no_session.check_failure(2)
    assert f"expected 60 closes up to the date, so {series.dates[59]} or later" in too_early.check_failure(2)
    assert f"got {after}" in too_late.check_failure(2)
    assert str(series.last) in too_late.check_failure(2)
    assert no_date.status == 2
    assert "next week" in no_date.err
    assert "Traceback" not in no_date.err
    earliest = run(place.folder, "request", "-s", place.symbol, "--date", series.dates[59]).check_success()
    assert json.loads(earliest.out)["inputs"][0]["data"][0] == series.adjusted[0]


def test_forecast_prints_the_answer_of_the_service(served: Served) -> None:
    place, url = served.place, served.ports.url
    fine, unknown = run_several(
        place.folder,
        ("forecast", "-s", place.symbol, "--url", url + "/"),
        ("forecast", "-s", "NONE3.SA", "--url", url),
    )
    answer = _answer(served, len(place.series) - 1)
    lines = fine.check_success().out.splitlines()
    assert lines[0].startswith(f"{place.symbol}, close of {place.series.last}: {place.series.adjusted[-1]:.2f}")
    assert re.fullmatch(r"next close \(session of \d{4}-\d\d-\d\d\):", lines[1])
    numbers = [float(number) for line in lines[2:7] for number in re.findall(r"\d+\.\d\d", line)]
    forecast, naive, quantiles = (np.ravel(answer[name]) for name in ("forecast", "naive", "quantiles"))
    expected = [*forecast, *naive, *(quantiles[column] for column in (2, 4, 1, 5, 0, 6))]
    np.testing.assert_allclose(numbers, np.round(expected, 2), atol=0.011)
    assert [line.split()[0] for line in lines[4:7]] == ["50", "80", "90"]
    assert lines[7] == f"model {place.registry.current()}, trained on prices from csv"
    assert "NONE3.SA" in unknown.check_failure()


def test_forecast_from_another_server_names_the_url(served: Served) -> None:
    # The port of the predictor, which serves the model but not symbols.
    url = f"http://127.0.0.1:{served.ports.predictor}"
    line = run(served.place.folder, "forecast", "-s", served.place.symbol, "--url", url).check_failure()
    assert url in line


@pytest.mark.parametrize("name", ["http", "grpc", "predictor", "predictor_grpc"])
def test_port_in_use_is_reported_before_any_work(served: Served, name: str, tmp_path: Path) -> None:
    option = f"--{name.replace('_', '-')}-port".replace("--http-port", "--port")
    taken = getattr(served.ports, name)
    fresh = {"--port": 7001, "--grpc-port": 7002, "--predictor-port": 7003, "--predictor-grpc-port": 7004}
    options = [str(text) for pair in {**fresh, option: taken}.items() for text in pair]
    for done in run_several(tmp_path, ("demo", "--once", *options), ("serve", *options)):
        line = done.check_failure()
        assert f"port {taken} of 127.0.0.1 is in use by another program; choose another port with {option}" in line
        assert done.out == ""
    assert list(tmp_path.iterdir()) == [], "no work was done before"
