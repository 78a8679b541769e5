"""`nextclose doctor` with and without a cluster, and in incomplete installations."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from tests.cli.nextclose import Ports, environment, run
from tests.unit.jobs.cluster.api_server import ALL_PERMISSIONS, api_server, kserve_answers, write_kubeconfig


def _ports() -> dict[str, object]:
    ports = Ports.free()
    return {
        "NEXTCLOSE_PORT": ports.http,
        "NEXTCLOSE_GRPC_PORT": ports.grpc,
        "NEXTCLOSE_PREDICTOR_PORT": ports.predictor,
        "NEXTCLOSE_PREDICTOR_GRPC_PORT": ports.predictor_grpc,
        "KUBERNETES_SERVICE_HOST": "",
    }


def test_machine_without_a_cluster_is_healthy(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", variables={**_ports(), "HOME": tmp_path}).check_success()
    lines = done.out.splitlines()
    assert lines[-1] == "nothing failed"
    for name in ("python", "extra train", "transformer HTTP", "predictor gRPC", "store", "models", "work"):
        assert any(line.startswith("ok ") and f" {name} " in line for line in lines), name
    assert any(line.startswith("skipped ") and "kubeconfig" in line and "none" in line for line in lines)
    assert list(tmp_path.iterdir()) == [], "doctor changes nothing"


def test_port_in_use_is_a_failed_check(tmp_path: Path) -> None:
    variables = {**_ports(), "HOME": tmp_path}
    with socket.create_server(("127.0.0.1", int(str(variables["NEXTCLOSE_PORT"])))):
        done = run(tmp_path, "doctor", "--json", variables=variables)
    assert done.status == 1
    found = json.loads(done.out)
    assert found["healthy"] is False
    (failed,) = [one for one in found["checks"] if one["result"] == "failed"]
    assert failed["check"] == "transformer HTTP"
    assert "NEXTCLOSE_PORT" in failed["advice"]


def test_missing_permission_is_a_failed_check(tmp_path: Path) -> None:
    with api_server() as server:
        server.answers |= kserve_answers()
        server.allowed |= ALL_PERMISSIONS
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", server.address)
        variables = {
            **_ports(),
            "KUBECONFIG": kubeconfig,
            "NEXTCLOSE_ISVC_NAME": "nc",
            "NEXTCLOSE_STORAGE_URI_PREFIX": "pvc://claim/models",
        }
        fine = run(tmp_path, "doctor", variables=variables).check_success()
        server.allowed.remove(("patch", "serving.kserve.io", "inferenceservices", "nc"))
        bad = run(tmp_path, "doctor", variables=variables)
        without_cluster = run(tmp_path, "doctor", "--no-cluster", variables=variables).check_success()
    assert "KServe v0.20.0" in fine.out
    assert bad.status == 1
    lines = bad.out.splitlines()
    index = next(i for i, line in enumerate(lines) if line.startswith("failed "))
    assert "may patch inferenceservices.serving.kserve.io/nc" in lines[index]
    assert "-> bind this account to the chart's Role nc-jobs" in lines[index + 1]
    assert "KServe" not in without_cluster.out


# Packages of the other extras; the command line itself belongs to the extra `train`.
ABSENT = (
    "IPython aiohttp arch curl_cffi exchange_calendars grpc ipykernel jinja2 jupytext keras kserve kubernetes locust "
    "matplotlib nbclient nbformat onnx onnxruntime pandas pandera plotly prometheus_client s3fs scipy sklearn "
    "streamlit swagger_ui_bundle tenacity tensorflow tritonclient utilsforecast yfinance"
)
_RUN = """
import sys
from importlib.machinery import PathFinder

absent = set(sys.argv.pop(1).split())
names = {name.lower().replace("_", "-") for name in absent} | {"tensorflow-cpu", "scikit-learn"}
find_distributions = PathFinder.find_distributions


class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def distributions(*arguments, **given):
    for one in find_distributions(*arguments, **given):
        if (one.metadata["Name"] or "").lower().replace("_", "-") not in names:
            yield one


PathFinder.find_distributions = distributions
sys.meta_path.insert(0, Absent)
from jobs.cli.start import main

main()
"""


def test_missing_extras_are_notes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, ABSENT, "doctor", "--json"],
        cwd=tmp_path,
        env=environment({**_ports(), "HOME": tmp_path}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {one["check"]: one for one in json.loads(done.stdout)["checks"]}
    for extra in ("train", "predictor", "transformer", "jobs", "loadtest", "dashboard", "notebook"):
        one = found[f"extra {extra}"]
        assert one["result"] == "note", one
        assert f"'.[{extra}]'" in one["advice"]
    assert "kubernetes" in found["extra jobs"]["found"]
    assert found["kubeconfig"]["result"] == "skipped"
    assert "package kubernetes is not installed" in found["kubeconfig"]["found"]
    assert found["python"]["result"] == "ok"


def test_incomplete_installation_names_the_missing_package(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "pyarrow", "doctor"],
        cwd=tmp_path,
        env=environment(_ports()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "error: the command line is incomplete, pyarrow is missing: install nextclose[train], or use the jobs image\n"
    )
