"""Every exit status is reached by a command and listed in the reference."""

import re
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from jobs.cli.exit_codes import ExitCode, exit_code_of
from model.contract import errors
from tests.cli.nextclose import BackgroundCommand, run
from tests.cli.workplace import PipelineRun, Served

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = {"KUBECONFIG": "/nowhere/config", "KUBERNETES_SERVICE_HOST": ""}
CLUSTER = {"NEXTCLOSE_ISVC_NAME": "nc", "NEXTCLOSE_STORAGE_URI_PREFIX": "pvc://claim/models", **NOWHERE}
CASES: Mapping[ExitCode, tuple[Sequence[str], Mapping[str, str]]] = {
    ExitCode.DONE: (("versions", "list"), {}),
    ExitCode.FAILED: (("doctor",), CLUSTER),
    ExitCode.USAGE: (("serve",), {"NEXTCLOSE_PORT": "none"}),
    ExitCode.PRICES: (("train", "-s", "NONE3.SA"), {}),
    ExitCode.TRAINING: (("evaluate",), {}),
    ExitCode.VERSION: (("versions", "show"), {}),
    ExitCode.SERVICE: (("forecast", "--url", "http://127.0.0.1:9"), {}),
    ExitCode.CLUSTER: (("status",), CLUSTER),
    ExitCode.PROMOTION: (("rollback",), {}),
}


@pytest.mark.parametrize("code", CASES, ids=lambda code: code.name)
def test_command_exits_with_status(code: ExitCode, tmp_path: Path) -> None:
    arguments, variables = CASES[code]
    assert run(tmp_path, *arguments, variables=variables).status == code


def test_interruption_has_its_own_status(stepped: PipelineRun, tmp_path: Path) -> None:
    shutil.copytree(stepped.place.data / "prices", tmp_path / "data/prices")
    running = BackgroundCommand(tmp_path, "train", "-s", stepped.place.symbol).await_text("training")
    assert running.end(signal.SIGTERM).status == ExitCode.INTERRUPTED


def test_cases_cover_every_status() -> None:
    assert {*CASES, ExitCode.INTERRUPTED} == set(ExitCode)


def test_unknown_symbol_of_the_service_exits_with_prices(served: Served) -> None:
    done = run(served.place.folder, "forecast", "-s", "NONE3.SA", "--url", served.ports.url)
    assert done.status == ExitCode.PRICES


def test_every_error_class_has_a_status() -> None:
    """Errors of requests are excepted: servers answer them, so they never reach the command line."""
    requests_only = {errors.TooLargeError, errors.NotFoundError, errors.UnknownModelError, errors.UnknownVersionError}
    requests_only |= {errors.ForbiddenError, errors.SlowRequestError, errors.StorageError, errors.NextcloseError}
    kinds = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.NextcloseError)}
    without = {one for one in kinds if exit_code_of(one.__new__(one)) is ExitCode.FAILED}
    assert without == requests_only


def test_reference_lists_every_exit_code() -> None:
    rows = re.findall(
        r"^\| (\d+) \| ([^|]+) \|$", (ROOT / "docs" / "reference" / "command-line.md").read_text(), flags=re.MULTILINE
    )
    assert rows == [(str(code.value), code.meaning) for code in ExitCode]
