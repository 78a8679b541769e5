"""The scrape configuration of Prometheus, and its responses to queries."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from benchmarks.dashboards.panels import DashboardError
from benchmarks.dashboards.prometheus import Prometheus, configuration, read_series, rules
from tests.programs import require_program
from tests.serving.processes import free_ports, wait_until


def test_series_are_read_from_a_response() -> None:
    result = [
        {"metric": {"code": "200"}, "values": [[1764028800, "1.5"], [1764028805.5, "NaN"], [1764028811, "+Inf"]]},
        {"metric": {}, "values": [[1764028800, "0"]]},
    ]
    first, second = read_series({"status": "success", "data": {"resultType": "matrix", "result": result}})
    assert first.labels == {"code": "200"}
    assert first.times.tolist() == [1764028800, 1764028805.5, 1764028811]
    assert first.values.tolist() == [1.5, pytest.approx(float("nan"), nan_ok=True), float("inf")]
    assert second.values.tolist() == [0.0]


def test_empty_result_gives_no_series() -> None:
    assert read_series({"status": "success", "data": {"resultType": "matrix", "result": []}}) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "error", "errorType": "bad_data", "error": "parse error: unexpected end of input"},
        {"status": "success", "data": {"resultType": "vector", "result": []}},
        {},
    ],
)
def test_other_responses_are_reported(answer: dict[str, object]) -> None:
    with pytest.raises(DashboardError, match=r"query_range: expected a matrix, got \{"):
        read_series(answer)


def test_targets_have_the_labels_of_the_chart_s_monitors() -> None:
    found = configuration({"predictor": "127.0.0.1:1", "transformer": "127.0.0.1:2"})["scrape_configs"]
    labels = [one["static_configs"][0]["labels"] for one in found]
    assert [one["component"] for one in labels] == ["predictor", "transformer"]
    for one in labels:
        assert (one["namespace"], one["inferenceservice"]) == ("forecasts", "nextclose")
        assert one["pod"].startswith("nextclose-")


def test_prometheus_accepts_the_configuration_and_the_chart_s_rules(tmp_path: Path) -> None:
    promtool = require_program("promtool")
    require_program("helm")
    (tmp_path / "rules.json").write_text(json.dumps(rules()))
    (tmp_path / "prometheus.json").write_text(json.dumps(configuration({"predictor": "127.0.0.1:1"})))
    done = subprocess.run(
        [promtool, "check", "config", "prometheus.json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_real_prometheus_answers_and_invalid_query_is_reported(tmp_path: Path) -> None:
    for name in ("prometheus", "helm"):
        require_program(name)
    port = free_ports(1)[0]
    with Prometheus(tmp_path, port, {"prometheus": f"127.0.0.1:{port}"}) as prometheus:
        begin = time.time()
        wait_until(lambda: bool(prometheus.over('up{component="prometheus"} == 1', begin, time.time())), "a scrape", 30)
        (series,) = prometheus.over('up{component="prometheus"}', begin, time.time())
        assert series.labels["namespace"] == "forecasts"
        assert prometheus.over("nextclose_none", begin, time.time()) == []
        with pytest.raises(DashboardError, match=r"sum\(: query_range: expected a matrix, got .*parse error"):
            prometheus.over("sum(", begin, time.time())
