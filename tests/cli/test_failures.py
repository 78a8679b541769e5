"""Failures are one error line and a stable exit status; a traceback is shown only with `--verbose`."""

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

from jobs.cli.exit_codes import ExitCode
from tests.cli.nextclose import CommandResult, run, run_several
from tests.cli.workplace import PipelineRun
from tests.conftest import PricesFile

Case = tuple[Sequence[object], int, Sequence[str]]  # arguments, exit status, parts of the error line


def _check(folder: Path, cases: Sequence[Case]) -> None:
    for (arguments, status, words), done in zip(cases, run_several(folder, *(case[0] for case in cases)), strict=True):
        line = done.check_failure(status)
        for word in words:
            assert word in line, f"{' '.join(map(str, arguments))}: {line}"


def test_steps_without_their_inputs_name_the_missing_step(tmp_path: Path) -> None:
    _check(
        tmp_path,
        [
            (("train", "-s", "NONE3.SA"), 3, ["NONE3.SA", "price store holds no series"]),
            (("evaluate",), 4, ["no candidate has been trained yet", "nextclose train"]),
            (("export",), 4, ["no candidate has been trained yet", "nextclose train"]),
            (("versions", "show"), 5, ["no version is current yet", "nextclose export"]),
            (("versions", "verify"), 5, ["no version is current yet"]),
            (("versions", "use", "20260101T000000Z-00000000"), 5, ["20260101T000000Z-00000000", "none yet"]),
            (("train", "--from", "current", "-s", "NONE3.SA"), 5, ["no version is current yet"]),
            (("request", "-s", "NONE3.SA"), 3, ["NONE3.SA"]),
            (("forecast", "--url", "http://127.0.0.1:9"), 6, ["http://127.0.0.1:9", "nextclose serve"]),
            (("forecast", "--url", "nowhere"), 6, ["nowhere"]),
        ],
    )
    assert list(tmp_path.iterdir()) == [], "failed commands write nothing"


def test_missing_evaluation_symbol_and_versions_are_named(stepped: PipelineRun, tmp_path: Path) -> None:
    shutil.copytree(stepped.place.data, tmp_path / "data")
    (tmp_path / "data/work/nextclose/outcome.json").unlink()
    _check(
        tmp_path,
        [
            (("export",), 4, ["is not evaluated", "nextclose evaluate"]),
            (("train", "-s", "NONE3.SA"), 3, ["'NONE3.SA'"]),
            (("train", "-s", stepped.place.symbol, "--from", "20200101T000000Z-00000000"), 5, ["no version"]),
            (("evaluate", "--champion", "20200101T000000Z-00000000"), 5, ["no version '20200101T000000Z-00000000'"]),
        ],
    )


def test_invalid_csv_files_are_described(prices_file: PricesFile, tmp_path: Path) -> None:
    lines = prices_file.path.read_text().splitlines()[:200]
    bad = [*lines[:100], lines[100].replace(",", ",x", 1), *lines[101:]]
    undated = [",".join(row[1:]) for row in csv.reader(lines)]
    for name, content in (("bad", bad), ("undated", undated), ("empty", []), ("few", lines)):
        (tmp_path / f"{name}.csv").write_text("\n".join(content))
    one = ("-s", prices_file.symbol)
    _check(
        tmp_path,
        [
            (("collect", *one, "--csv", "bad.csv"), 3, ["bad.csv: row 101", "expected a number", "'x"]),
            (("collect", *one, "--csv", "undated.csv"), 3, ["undated.csv", "expected one column 'Date'", "Open"]),
            (("collect", *one, "--csv", "empty.csv"), 3, ["empty.csv", "expected a header"]),
            (("collect", *one, "--csv", "missing.csv"), 3, ["missing.csv", "No such file"]),
            (("demo", *one, "--csv", "missing.csv", "--once"), 3, ["missing.csv", "No such file"]),
        ],
    )
    assert not (tmp_path / "data").exists()
    collected, trained = run_several(tmp_path, ("collect", *one, "--csv", "few.csv"), ("train", *one))
    collected.check_success()
    line = trained.check_failure()
    assert prices_file.symbol in line
    assert "training needs" in line
    assert not list((tmp_path / "data").rglob("training.json"))


def test_wrong_usage_is_status_2(prices_file: PricesFile, tmp_path: Path) -> None:
    given = ("--csv", prices_file.path)
    two = ("-s", "PETR4.SA", "-s", "VALE3.SA")
    _check(
        tmp_path,
        [
            (("collect", *given, *two), 2, ["--csv and --split are for one symbol", "PETR4.SA, VALE3.SA"]),
            (("demo", *given, *two, "--once"), 2, ["--csv and --split are for one symbol"]),
            (("collect", *given, "--split", "2024"), 2, ["expected DATE:RATIO", "'2024'"]),
            (("collect", *given, "--split", "2024-04-16:0"), 2, ["2024-04-16:0"]),
            (("collect", "--source", "moon"), 2, ["expected one of yahoo", "'moon'"]),
            (("collect", "--source", "yahoo", *given), 2, ["expected csv", "yahoo"]),
            (("collect", "--source", "alphavantage"), 2, ["expected a key"]),
            (("collect", "-s", "../x", "--source", "store"), 2, ["symbol", "'../x'"]),
            (("serve", "--port", "7999", "--grpc-port", "7999"), 2, ["--grpc-port", "--port", "7999"]),
        ],
    )
    assert list(tmp_path.iterdir()) == []


def test_invalid_settings_are_named(tmp_path: Path) -> None:
    cases = [
        ("NEXTCLOSE_PORT", "abc", ("serve",), "'abc'"),
        ("NEXTCLOSE_PORT", "70000", ("demo", "--once"), "'70000'"),
        ("NEXTCLOSE_PREDICTOR_GRPC_PORT", "-1", ("serve",), "'-1'"),
        ("NEXTCLOSE_SEED", "-1", ("train",), "'-1'"),
        ("NEXTCLOSE_SYMBOLS", "[]", ("train",), "at least 1"),
        ("NEXTCLOSE_SYMBOLS", "PETR4.SA", ("train",), "JSON"),
    ]
    finished = run_several(
        tmp_path, *(case[2] for case in cases), variables=[{variable: value} for variable, value, *_ in cases]
    )
    for (variable, _, _, words), done in zip(cases, finished, strict=True):
        line = done.check_failure(2)
        assert variable in line or "symbols" in line
        assert words in line


def test_verbose_shows_the_traceback(tmp_path: Path, prices_file: PricesFile) -> None:
    commands = [("train", "-s", "NONE3.SA"), ("collect", "-s", prices_file.symbol, "--csv", "missing.csv")]
    for done in run_several(tmp_path, *((*command, "--verbose") for command in commands)):
        assert done.status == ExitCode.PRICES
        assert "Traceback" in done.err
        assert len(done.errors) == 1
        assert done.err.splitlines()[-1] == done.errors[0]


def test_changed_missing_and_additional_files_of_a_version_are_named(stepped: PipelineRun, tmp_path: Path) -> None:
    shutil.copytree(stepped.place.data, tmp_path / "data")
    (version,) = stepped.place.registry.versions()
    folder = tmp_path / "data/models/nextclose" / version
    scaler = folder / "scaler.joblib"
    content = bytearray(scaler.read_bytes())
    content[-10] ^= 1
    scaler.write_bytes(content)

    def verified() -> CommandResult:
        return run(tmp_path, "versions", "verify", version)

    assert "scaler.joblib was changed" in verified().check_failure()
    assert "scaler.joblib was changed" in run(tmp_path, "serve").check_failure()
    scaler.unlink()
    assert "scaler.joblib is missing" in verified().check_failure()
    shutil.copy(stepped.place.registry.folder / version / "scaler.joblib", scaler)
    (folder / "extra.py").write_text("")
    assert "extra.py is surplus" in verified().check_failure()
    (folder / "extra.py").unlink()
    verified().check_success()
