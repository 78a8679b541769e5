"""Rate, latency and pods from a real Prometheus that scrapes a real pair."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from dashboard.client import ServiceClient
from dashboard.settings import DashboardSettings
from dashboard.traffic import Pods, query_traffic
from model.protocol.request_documents import symbol_request
from tests.dashboard.dashboard_process import OTHER, Service
from tests.programs import require_program
from tests.serving.processes import free_ports, wait_until


@pytest.fixture(scope="module")
def prometheus(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program, folder = require_program("prometheus"), tmp_path_factory.mktemp("prometheus")
    targets = [f"127.0.0.1:{service.ports.http}", f"127.0.0.1:{service.ports.predictor}"]
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n"
        f"- {{job_name: n, static_configs: [{{targets: {targets}, labels: {{namespace: n}}}}]}}\n"
    )
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    arguments = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, *arguments], stdout=log, stderr=log)
    try:
        wait_until(lambda: _is_ready(f"http://{address}/-/ready"), "Prometheus is ready", 60)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_prometheus_reports_traffic_and_pods(prometheus: str, service: Service) -> None:
    client = ServiceClient(DashboardSettings.model_validate({"url": service.url, "prometheus": prometheus}))

    def is_complete() -> bool:
        client.forecast(symbol_request(OTHER))
        found = query_traffic(client.query, 'namespace="n"')
        if found is None:  # not scraped twice yet
            return False
        traffic, pods = found
        if traffic.p99 is None or len(pods) < 2:
            return False
        assert traffic.rate is not None
        assert traffic.rate > 0
        assert traffic.faults == 0
        assert traffic.p50 is not None
        assert 0 < traffic.p50 <= traffic.p99 < 10
        return pods == {"transformer": Pods(1, 1), "predictor": Pods(1, 1)}

    try:
        wait_until(is_complete, "Prometheus has scraped the metrics twice", 60)
        assert query_traffic(client.query, 'namespace="other"') is None
    finally:
        client.close()
