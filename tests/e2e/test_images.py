"""The built images in a pod under the restricted profile with read-only roots: what they hold, write and how they end.

The pod is the whole way of a price: the jobs' image writes the store, the transformer's reads it. The predictor waits
in it for a model that never comes.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.kube import Namespace, attempt, until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import SYMBOL, give_prices, image, namespace
from tests.packaging.image_sizes import LIMITS

HERE: Final = Path(__file__).parent
ROLES: Final = ("predictor", "transformer", "jobs")
GRACE: Final = 30  # as the pod says
TOOLS: Final = ("pip", "pip3", "gcc", "cc", "ld", "make", "apt-get", "perl", "curl", "wget", "openssl", "su", "mount")
# What a start loads, by role.
PROGRAMS: Final = {"predictor": "model.serving.serve", "transformer": "transformer.serve", "jobs": "jobs.cli"}
every_role = pytest.mark.parametrize("role", ROLES)


@pytest.fixture(scope="module")
def place() -> Iterator[Namespace]:
    """A namespace with the pod, its prices collected and its three containers running."""
    pod = (HERE / "images.yaml").read_text().replace("SYMBOL", SYMBOL)
    for role in ROLES:
        pod = pod.replace(f"image: {role.upper()}", f"image: {image(role)}")
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        place.kubectl("create", "--filename=-", stdin=pod)
        place.kubectl("wait", "--for=condition=Ready", "pod/images", "--timeout=240s")
        yield place


def inside(place: Namespace, role: str, *command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return attempt(
        "kubectl", "--namespace", place.name, "exec", "-i", "images", f"-c{role}", "--", *command, stdin=stdin
    )


def python(place: Namespace, role: str, source: str) -> Any:
    """What a script prints in a container, read as JSON."""
    done = inside(place, role, "python", "-", stdin=f"import json\n{source}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@every_role
def test_it_is_within_its_limit(place: Namespace, role: str) -> None:
    # Folders that only root reads hold next to nothing.
    done = inside(place, role, "du", "--summarize", "--one-file-system", "--apparent-size", "--block-size=1", "/")
    size = int(done.stdout.split()[0]) / 1e6
    assert 100 < size < LIMITS[role]


@every_role
def test_it_runs_as_nobody_in_particular_and_cannot_become_more(place: Namespace, role: str) -> None:
    assert inside(place, role, "id", "--user").stdout == "65532\n"
    raised = inside(place, role, "find", "/", "-xdev", "-type", "f", "-perm", "/6000").stdout
    assert raised == ""


@every_role
def test_nothing_in_it_builds_or_installs(place: Namespace, role: str) -> None:
    source = f"""
import importlib.util, shutil
programs = [name for name in {TOOLS} if shutil.which(name)]
modules = [name for name in ("ensurepip", "pip", "setuptools") if importlib.util.find_spec(name)]
print(json.dumps(programs + modules))
"""
    found = python(place, role, source)
    # TensorFlow's own requirement.
    assert set(found) <= ({"setuptools"} if role != "transformer" else set())


@every_role
def test_its_root_cannot_be_written(place: Namespace, role: str) -> None:
    for folder in ("etc", "home", "opt/app", "tmp", "var/tmp"):
        done = inside(place, role, "touch", f"/{folder}/{role}")
        assert (done.returncode == 0) == (folder == "tmp"), folder


@every_role
def test_what_a_start_loads_is_there_as_bytecode(place: Namespace, role: str) -> None:
    source = f"""
import importlib, importlib.util, os, sys
importlib.import_module({PROGRAMS[role]!r})
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
files = [file for file in files if file.endswith(".py") and not file.startswith("/tmp/")]
absent = [file for file in files if not os.path.exists(importlib.util.cache_from_source(file))]
print(json.dumps([len(files), absent]))
"""
    count, absent = python(place, role, source)
    assert count > 300
    assert absent == []


def test_the_transformer_has_no_tensorflow(place: Namespace) -> None:
    names = ("tensorflow", "keras", "typer", "yfinance", "exchange_calendars", "arch", "matplotlib")
    source = f"""
import importlib.util
print(json.dumps([name for name in {names} if importlib.util.find_spec(name)]))
"""
    assert python(place, "transformer", source) == []
    assert inside(place, "transformer", "nextclose").stderr.startswith("error: the command line is not installed here")


@pytest.mark.parametrize(
    ("role", "command"),
    [
        ("predictor", ("python", "-m", "model.serving", "--help")),
        ("transformer", ("python", "-m", "transformer", "--help")),
        ("jobs", ("nextclose", "--help")),
    ],
)
def test_it_says_what_it_takes(place: Namespace, role: str, command: tuple[str, ...]) -> None:
    done = inside(place, role, *command)
    assert done.returncode == 0, done.stderr
    assert "usage: " in done.stdout.lower()


def test_the_transformer_reads_what_the_jobs_wrote(place: Namespace) -> None:
    source = f"""
import urllib.request
def get(path):
    with urllib.request.urlopen("http://127.0.0.1:8080" + path) as answer:
        return json.load(answer)
print(json.dumps([get("/symbols"), get("/symbols/{SYMBOL}/window")]))
"""
    symbols, window = python(place, "transformer", source)
    assert symbols == {"symbols": [SYMBOL]}
    closes = [float(line.split(",")[4]) for line in csv_without_last(0).splitlines()[-60:]]
    assert window["close"] == closes


def test_a_corrupt_file_of_prices_is_an_answer(place: Namespace) -> None:
    """Of the libraries that read Parquet only a part is in the image."""
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
    status, answer = python(place, "transformer", source)
    assert (status, answer["error"]) == (503, "symbol 'CUT': its stored prices cannot be read now")
    assert "expected a Parquet file" in place.kubectl("logs", "images", "-ctransformer")


def test_a_step_ends_by_the_signal(place: Namespace) -> None:
    step = f"nextclose train --symbol {SYMBOL} & sleep 4; kill -TERM $!; wait $!; echo $?"
    done = inside(place, "jobs", "sh", "-c", step)
    assert done.stdout.endswith("130\n"), done.stdout + done.stderr
    assert "interrupted" in done.stderr


@pytest.mark.parametrize("role", ["predictor", "transformer"])
def test_a_service_ends_by_the_signal_within_its_grace(place: Namespace, role: str) -> None:
    assert _ended(place, role) is None
    inside(place, role, "sh", "-c", "kill -TERM 1")
    ended = until(f"the end of {role}", GRACE, lambda: _ended(place, role))
    assert ended["exitCode"] == 0, place.kubectl("logs", "images", f"-c{role}")


def _ended(place: Namespace, role: str) -> Any:
    statuses = place.get("pod", "images")["status"]["containerStatuses"]
    return next(one["state"].get("terminated") for one in statuses if one["name"] == role)
