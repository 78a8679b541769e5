from importlib import metadata

import pytest

from jobs.doctor.check_result import CheckStatus
from jobs.doctor.installation import extras_checks, python_check


@pytest.mark.parametrize(
    ("version", "result"),
    [
        ((3, 10, 14), CheckStatus.FAILED),
        ((3, 11, 0), CheckStatus.OK),
        ((3, 12, 9), CheckStatus.OK),
        ((3, 13, 0), CheckStatus.FAILED),
    ],
)
def test_supported_versions_of_python(version: tuple[int, int, int], result: CheckStatus) -> None:
    found = python_check(version)
    assert found.result is result
    assert (found.advice is None) == (result is CheckStatus.OK)


def test_every_extra_except_composed_ones_is_checked() -> None:
    extras = set(metadata.metadata("nextclose").get_all("Provides-Extra") or ())
    assert {one.check for one in extras_checks()} == {f"extra {extra}" for extra in extras - {"local", "dev"}}


def test_installed_extras_pass() -> None:
    assert {one.result for one in extras_checks()} == {CheckStatus.OK}


def test_missing_and_mismatched_packages_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = metadata.version

    def version(name: str) -> str:
        if name == "kubernetes":
            raise metadata.PackageNotFoundError(name)
        return "9.0" if name == "pandas" else installed(name)

    monkeypatch.setattr(metadata, "version", version)
    found = {one.check: one for one in extras_checks()}
    assert found["extra jobs"].result is CheckStatus.FAILED, "it contains train, whose pandas does not fit"
    assert found["extra train"].result is CheckStatus.FAILED
    assert "pandas 9.0 (expected <3,>=2.3)" in found["extra train"].found
    assert found["extra predictor"].result is CheckStatus.OK
    monkeypatch.setattr(metadata, "version", lambda name: version(name) if name == "kubernetes" else installed(name))
    found = {one.check: one for one in extras_checks()}
    assert found["extra jobs"].result is CheckStatus.NOTE
    assert found["extra jobs"].found.endswith("not installed: kubernetes")
    assert "'.[jobs]'" in str(found["extra jobs"].advice)


def test_extras_are_skipped_without_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    (one,) = extras_checks()
    assert one.result is CheckStatus.SKIPPED
