"""Python, and the extras that are installed: what is missing of each, and whether the versions are those asked for."""

import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Final

from jobs.doctor.finding import Finding, Result

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_DISTRIBUTION: Final = "nextclose"
_PYTHON: Final = ((3, 11), (3, 13))  # the first that is right, the first that is not any more
# `local` and `dev` are made of these.
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
_LOCAL: Final = frozenset({"train", "predictor", "transformer", "dashboard"})  # what `make demo` installs


def python_check(version: Sequence[int] = sys.version_info[:3]) -> Finding:
    """Whether this Python is one that the project runs on."""
    found = "Python " + ".".join(map(str, version[:3]))
    first, after = _PYTHON
    if first <= tuple(version[:2]) < after:
        return Finding("python", Result.OK, found)
    return Finding("python", Result.FAILED, found, "install Python 3.11 or 3.12, and nextclose with it")


def extras_checks() -> Iterator[Finding]:
    """One check an extra: ok, a note where parts of it are not installed, failed where a version does not fit."""
    try:
        declared = _declared()
    except ModuleNotFoundError as error:
        yield Finding("extras", Result.SKIPPED, f"the package {error.name} is not installed", _install("train"))
        return
    except metadata.PackageNotFoundError:
        yield Finding(
            "extras", Result.SKIPPED, "nextclose runs from its sources, without what an installation knows of itself"
        )
        return
    for extra, purpose in _EXTRAS.items():
        missing, wrong = [], []
        for name, wanted in sorted(_needed(extra, declared).items()):
            try:
                installed = metadata.version(name)
            except metadata.PackageNotFoundError:
                missing.append(name)
            else:
                if not wanted.specifier.contains(installed, prereleases=True):
                    wrong.append(f"{name} {installed} (expected {wanted.specifier})")
        check = f"extra {extra}"
        if wrong:
            yield Finding(check, Result.FAILED, f"to {purpose}: {', '.join(wrong)}", _install(extra))
        elif missing:
            yield Finding(check, Result.NOTE, f"to {purpose}: not installed: {', '.join(missing)}", _install(extra))
        else:
            yield Finding(check, Result.OK, f"to {purpose}")


def _install(extra: str) -> str:
    target = "make demo" if extra in _LOCAL else "make test"
    return f"{target} in a checkout, or pip install '.[{extra}]' there, where this is wanted"


def _declared() -> "list[Requirement]":
    from packaging.requirements import Requirement

    return [Requirement(text) for text in metadata.requires(_DISTRIBUTION) or ()]


def _needed(extra: str, declared: "Sequence[Requirement]") -> "dict[str, Requirement]":
    """What an extra adds, by the name of the distribution; an extra may be made of others."""
    found: dict[str, Requirement] = {}
    for one in declared:
        if one.marker is None or not one.marker.evaluate({"extra": extra}) or one.marker.evaluate({"extra": ""}):
            continue
        if one.name == _DISTRIBUTION:
            for other in sorted(one.extras):
                found |= _needed(other, declared)
        else:
            found[one.name] = one
    return found
