"""Checks of the Python version and of the packages of every extra."""

import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Final

from jobs.doctor.check_result import CheckResult, CheckStatus

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_DISTRIBUTION: Final = "nextclose"
_PYTHON: Final = ((3, 11), (3, 13))  # first supported version, first unsupported version after it
# The extras `local` and `dev` consist of these.
_EXTRAS: Final = {
    "train": "collect, train, evaluate, export",
    "predictor": "serve a model on this machine",
    "transformer": "answer requests on this machine",
    "jobs": "promote on Kubernetes, keep versions in an object store",
    "loadtest": "run load tests",
    "dashboard": "show the dashboard",
    "notebook": "run the notebook",
    "docs": "build the site",
}
_LOCAL: Final = frozenset({"train", "predictor", "transformer", "dashboard"})  # installed by `make demo`


def python_check(version: Sequence[int] = sys.version_info[:3]) -> CheckResult:
    """Check that the project supports this version of Python."""
    found = "Python " + ".".join(map(str, version[:3]))
    first, after = _PYTHON
    if first <= tuple(version[:2]) < after:
        return CheckResult("python", CheckStatus.OK, found)
    return CheckResult("python", CheckStatus.FAILED, found, "install Python 3.11 or 3.12, and nextclose with it")


def extras_checks() -> Iterator[CheckResult]:
    """Check the packages of every extra.

    Yields:
        One result per extra: `note` if packages are missing, `failed` if a version does not fit, else `ok`.
    """
    try:
        declared = _declared_requirements()
    except ModuleNotFoundError as error:
        yield CheckResult(
            "extras", CheckStatus.SKIPPED, f"the package {error.name} is not installed", _install("train")
        )
        return
    except metadata.PackageNotFoundError:
        yield CheckResult(
            "extras",
            CheckStatus.SKIPPED,
            "nextclose is not installed: it runs from its sources, without package metadata",
        )
        return
    for extra, purpose in _EXTRAS.items():
        missing, mismatched = [], []
        for name, requirement in sorted(_requirements_of(extra, declared).items()):
            try:
                installed = metadata.version(name)
            except metadata.PackageNotFoundError:
                missing.append(name)
            else:
                if not requirement.specifier.contains(installed, prereleases=True):
                    mismatched.append(f"{name} {installed} (expected {requirement.specifier})")
        check = f"extra {extra}"
        if mismatched:
            yield CheckResult(check, CheckStatus.FAILED, f"to {purpose}: {', '.join(mismatched)}", _install(extra))
        elif missing:
            yield CheckResult(
                check, CheckStatus.NOTE, f"to {purpose}: not installed: {', '.join(missing)}", _install(extra)
            )
        else:
            yield CheckResult(check, CheckStatus.OK, f"to {purpose}")


def _install(extra: str) -> str:
    target = "make demo" if extra in _LOCAL else "make test"
    return f"{target} in a checkout, or pip install '.[{extra}]' there, if you need this extra"


def _declared_requirements() -> "list[Requirement]":
    from packaging.requirements import Requirement

    return [Requirement(text) for text in metadata.requires(_DISTRIBUTION) or ()]


def _requirements_of(extra: str, declared: "Sequence[Requirement]") -> "dict[str, Requirement]":
    """Return the requirements of an extra by distribution name, including those of other extras that it contains."""
    found: dict[str, Requirement] = {}
    for one in declared:
        if one.marker is None or not one.marker.evaluate({"extra": extra}) or one.marker.evaluate({"extra": ""}):
            continue
        if one.name == _DISTRIBUTION:
            for other in sorted(one.extras):
                found |= _requirements_of(other, declared)
        else:
            found[one.name] = one
    return found
