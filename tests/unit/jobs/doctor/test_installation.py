from importlib import metadata

import pytest

from jobs.doctor.finding import Result
from jobs.doctor.installation import extras_checks, python_check


@pytest.mark.parametrize(
    ("version", "result"),
    [((3, 10, 14), Result.FAILED), ((3, 11, 0), Result.OK), ((3, 12, 9), Result.OK), ((3, 13, 0), Result.FAILED)],
)
def test_the_versions_of_python_that_are_right(version: tuple[int, int, int], result: Result) -> None:
    found = python_check(version)
    assert found.result is result
    assert (found.advice is None) == (result is Result.OK)


def test_every_extra_but_those_made_of_others_is_looked_at() -> None:
    extras = set(metadata.metadata("nextclose").get_all("Provides-Extra") or ())
    assert {one.check for one in extras_checks()} == {f"extra {extra}" for extra in extras - {"local", "dev"}}


def test_all_of_them_are_installed_here() -> None:
    assert {one.result for one in extras_checks()} == {Result.OK}


def test_what_is_missing_or_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    there = metadata.version

    def version(name: str) -> str:
        if name == "kubernetes":
            raise metadata.PackageNotFoundError(name)
        return "9.0" if name == "pandas" else there(name)

    monkeypatch.setattr(metadata, "version", version)
    found = {one.check: one for one in extras_checks()}
    assert found["extra jobs"].result is Result.FAILED, "it is made of train, whose pandas does not fit"
    assert found["extra train"].result is Result.FAILED
    assert "pandas 9.0 (expected <3,>=2.3)" in found["extra train"].found
    assert found["extra predictor"].result is Result.OK
    monkeypatch.setattr(metadata, "version", lambda name: version(name) if name == "kubernetes" else there(name))
    found = {one.check: one for one in extras_checks()}
    assert found["extra jobs"].result is Result.NOTE
    assert found["extra jobs"].found.endswith("not installed: kubernetes")
    assert "'.[jobs]'" in str(found["extra jobs"].advice)


def test_sources_without_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    (one,) = extras_checks()
    assert one.result is Result.SKIPPED
