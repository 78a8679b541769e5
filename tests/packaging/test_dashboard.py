"""The dashboard in an environment with its own requirements, as in its image: without TensorFlow and kserve."""

import re
import subprocess
from pathlib import Path

import httpx

from tests.cli.nextclose import environment
from tests.packaging.conftest import ROOT
from tests.packaging.environments import printed_by
from tests.serving.processes import free_ports, wait_until


def test_dashboard_imports_without_packages_of_other_roles(dashboard_python: Path, tmp_path: Path) -> None:
    source = """
import importlib.util, sys
import dashboard.serve, dashboard.views.forecast, dashboard.views.track_record, dashboard.views.operations
absent = ("tensorflow", "keras", "onnxruntime", "kserve", "sklearn", "scipy", "s3fs", "typer")
print(dashboard.__file__, [name for name in absent if importlib.util.find_spec(name)])
"""
    printed = printed_by(dashboard_python, source, tmp_path)
    assert printed.endswith(" []"), printed
    assert str(ROOT) not in printed, "the wheel must be tested, not the checkout"


def test_import_check_of_the_dockerfile_passes(dashboard_python: Path, tmp_path: Path) -> None:
    found = re.search(
        r'-B -c "(import [^"]*)"', (ROOT / "Dockerfile").read_text().partition("AS dashboard-dependencies")[2]
    )
    assert found
    printed_by(dashboard_python, found[1], tmp_path)


def test_dashboard_serves_until_sigterm(dashboard_python: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    variables = {"NEXTCLOSE_DASHBOARD_PORT": port, "NEXTCLOSE_DASHBOARD_URL": "http://127.0.0.1:9"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(dashboard_python), "-m", "dashboard"], cwd=tmp_path, env=environment(variables), stdout=log, stderr=log
        )

    def healthy() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/_stcore/health", trust_env=False).text == "ok"
        except httpx.HTTPError:
            return False

    try:
        wait_until(healthy, "the dashboard answers", 60)
        page = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
        assert page.status_code == 200
        assert "<title>" in page.text
    finally:
        process.terminate()
        assert process.wait(30) == 0, (tmp_path / "log").read_text()
