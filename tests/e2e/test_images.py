"""The built images in a pod under the restricted profile with read-only root file systems: contents and shutdown.

The jobs image writes the price store and the transformer image reads it. The predictor has no model and stays unready.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.kube import Namespace, attempt, until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import SYMBOL, give_prices, image, new_namespace
from tests.packaging.image_sizes import LIMITS

HERE: Final = Path(__file__).parent
ROLES: Final = ("predictor", "transformer", "jobs")
GRACE: Final = 30  # as in images.yaml
TOOLS: Final = ("pip", "pip3", "gcc", "cc", "ld", "make", "apt-get", "perl", "curl", "wget", "openssl", "su", "mount")
# Modules that are imported at startup.
PROGRAMS: Final = {"predictor": "model.serving.serve", "transformer": "transformer.serve", "jobs": "jobs.cli.app"}
every_role = pytest.mark.parametrize("role", ROLES)


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    """A namespace in which prices are collected and the pod with the three images is ready."""
    pod = (HERE / "images.yaml").read_text().replace("SYMBOL", SYMBOL)
    for role in ROLES:
        pod = pod.replace(f"image: {role.upper()}", f"image: {image(role)}")
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        namespace.kubectl("create", "--filename=-", stdin=pod)
        namespace.kubectl("wait", "--for=condition=Ready", "pod/images", "--timeout=240s")
        yield namespace


def inside(
    namespace: Namespace, role: str, *command: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    return attempt(
        "kubectl", "--namespace", namespace.name, "exec", "-i", "images", f"-c{role}", "--", *command, stdin=stdin
    )


def python(namespace: Namespace, role: str, source: str) -> Any:
    """Run a script in a container. Returns its output, parsed as JSON."""
    done = inside(namespace, role, "python", "-", stdin=f"import json\n{source}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@every_role
def test_image_is_within_its_size_limit(namespace: Namespace, role: str) -> None:
    # Folders that only root can read are almost empty.
    done = inside(namespace, role, "du", "--summarize", "--one-file-system", "--apparent-size", "--block-size=1", "/")
    size = int(done.stdout.split()[0]) / 1e6
    assert 100 < size < LIMITS[role]


@every_role
def test_image_runs_without_privileges_and_cannot_gain_any(namespace: Namespace, role: str) -> None:
    assert inside(namespace, role, "id", "--user").stdout == "65532\n"
    setuid_files = inside(namespace, role, "find", "/", "-xdev", "-type", "f", "-perm", "/6000").stdout
    assert setuid_files == ""


@every_role
def test_image_has_no_build_tools_or_installers(namespace: Namespace, role: str) -> None:
    source = f"""
import importlib.util, shutil
programs = [name for name in {TOOLS} if shutil.which(name)]
modules = [name for name in ("ensurepip", "pip", "setuptools") if importlib.util.find_spec(name)]
print(json.dumps(programs + modules))
"""
    found = python(namespace, role, source)
    # TensorFlow requires setuptools.
    assert set(found) <= ({"setuptools"} if role != "transformer" else set())


@every_role
def test_root_file_system_is_read_only(namespace: Namespace, role: str) -> None:
    for folder in ("etc", "home", "opt/app", "tmp", "var/tmp"):
        done = inside(namespace, role, "touch", f"/{folder}/{role}")
        assert (done.returncode == 0) == (folder == "tmp"), folder


@every_role
def test_modules_loaded_at_startup_have_bytecode(namespace: Namespace, role: str) -> None:
    source = f"""
import importlib, importlib.util, os, sys
importlib.import_module({PROGRAMS[role]!r})
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
files = [file for file in files if file.endswith(".py") and not file.startswith("/tmp/")]
absent = [file for file in files if not os.path.exists(importlib.util.cache_from_source(file))]
print(json.dumps([len(files), absent]))
"""
    count, absent = python(namespace, role, source)
    assert count > 300
    assert absent == []


def test_transformer_image_has_no_tensorflow(namespace: Namespace) -> None:
    names = ("tensorflow", "keras", "typer", "yfinance", "exchange_calendars", "arch", "matplotlib")
    source = f"""
import importlib.util
print(json.dumps([name for name in {names} if importlib.util.find_spec(name)]))
"""
    assert python(namespace, "transformer", source) == []
    assert inside(namespace, "transformer", "nextclose").stderr.startswith("error: the command line is not installed:")


@pytest.mark.parametrize(
    ("role", "command"),
    [
        ("predictor", ("python", "-m", "model.serving", "--help")),
        ("transformer", ("python", "-m", "transformer", "--help")),
        ("jobs", ("nextclose", "--help")),
    ],
)
def test_entry_point_prints_its_usage(namespace: Namespace, role: str, command: tuple[str, ...]) -> None:
    done = inside(namespace, role, *command)
    assert done.returncode == 0, done.stderr
    assert "usage: " in done.stdout.lower()


def test_transformer_reads_prices_written_by_the_jobs(namespace: Namespace) -> None:
    source = f"""
import urllib.request
def get(path):
    with urllib.request.urlopen("http://127.0.0.1:8080" + path) as answer:
        return json.load(answer)
print(json.dumps([get("/symbols"), get("/symbols/{SYMBOL}/window")]))
"""
    symbols, window = python(namespace, "transformer", source)
    assert symbols == {"symbols": [SYMBOL]}
    closes = [float(line.split(",")[4]) for line in csv_without_last(0).splitlines()[-60:]]
    assert window["close"] == closes


def test_corrupt_price_file_returns_503(namespace: Namespace) -> None:
    """The image contains only a part of the Parquet library; this error path must not need the rest."""
    source = f"""
import urllib.error, urllib.request
from pathlib import Path
path = Path("/mnt/store/prices/{SYMBOL}.parquet")
content = path.read_bytes()
path.with_name("CUT.parquet").write_bytes(content[:-100])
try:
    urllib.request.urlopen("http://127.0.0.1:8080/symbols/CUT/window")
except urllib.error.HTTPError as error:
    print(json.dumps([error.code, json.load(error)]))
"""
    status, answer = python(namespace, "transformer", source)
    assert (status, answer["error"]) == (503, "symbol 'CUT': its stored prices cannot be read now")
    assert "expected a Parquet file" in namespace.kubectl("logs", "images", "-ctransformer")


def test_sigterm_interrupts_a_step(namespace: Namespace) -> None:
    step = f"nextclose train --symbol {SYMBOL} & sleep 4; kill -TERM $!; wait $!; echo $?"
    done = inside(namespace, "jobs", "sh", "-c", step)
    assert done.stdout.endswith("130\n"), done.stdout + done.stderr
    assert "interrupted" in done.stderr


@pytest.mark.parametrize("role", ["predictor", "transformer"])
def test_sigterm_ends_a_service_within_its_grace_period(namespace: Namespace, role: str) -> None:
    assert _terminated(namespace, role) is None
    inside(namespace, role, "sh", "-c", "kill -TERM 1")
    terminated = until(f"termination of {role}", GRACE, lambda: _terminated(namespace, role))
    assert terminated["exitCode"] == 0, namespace.kubectl("logs", "images", f"-c{role}")


def _terminated(namespace: Namespace, role: str) -> Any:
    statuses = namespace.get("pod", "images")["status"]["containerStatuses"]
    return next(one["state"].get("terminated") for one in statuses if one["name"] == role)
