"""Every text is used, every used text exists, and the names in the code of the service are exactly those translated."""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, get_args

import pytest

import dashboard
import jobs.pipeline
from jobs.pipeline.evaluate import REFUSED
from jobs.pipeline.outcome import State
from jobs.pipeline.refresh import RefreshResult
from model.evaluation.baselines import EWMA, GARCH, NAIVE, ROLLING
from model.evaluation.verdict import Outcome
from model.state.ledger import Action, LedgerEntry
from model.state.status import LastRun
from tests.dashboard.catalogues import forms, placeholders

_TEXTS: Final = forms("en")
# Groups of names that the service uses. The page translates them with `translate_name`.
_GROUPS: Final = ("run", "step", "ended", "action", "outcome", "record.row", "verdict.point", "verdict.distribution")
_SEGMENT: Final = r"[a-z0-9_]+"


def trees(folder: Path) -> Iterator[ast.Module]:
    for path in folder.rglob("*.py"):
        yield ast.parse(path.read_text())


def nodes() -> Iterator[ast.AST]:
    for tree in trees(Path(dashboard.__file__).parent):
        yield from ast.walk(tree)


def pattern(text: ast.JoinedStr) -> str:
    """Return a regular expression for the keys that an f-string can produce: each value is one segment of a key."""
    parts = (str(one.value) if isinstance(one, ast.Constant) else None for one in text.values)
    return "".join(_SEGMENT if part is None else re.escape(part) for part in parts)


def first_strings(tree: ast.AST, *called: str) -> set[str]:
    """Return the first arguments of all calls of these functions, including both sides of a conditional expression."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in called:
            found |= {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)}
    return {one for one in found if isinstance(one, str)}


def text_calls() -> Iterator[ast.Call]:
    """Yield calls of a `Texts` object: `texts(...)`, `words(...)`, `self(...)`, `page.texts()(...)`."""
    for node in nodes():
        if isinstance(node, ast.Call) and node.args:
            called = node.func.func if isinstance(node.func, ast.Call) else node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name == "texts" or (isinstance(node.func, ast.Name) and name in {"words", "self"}):
                yield node


def keys_of(key: ast.expr, known: Collection[str] = _TEXTS.keys()) -> set[str]:
    """Return the keys that an expression can produce: a string, an f-string, or both sides of a conditional one."""
    if isinstance(key, ast.IfExp):
        return keys_of(key.body, known) | keys_of(key.orelse, known)
    if isinstance(key, ast.JoinedStr):
        return {one for one in known if re.fullmatch(pattern(key), one)} or {pattern(key)}
    return {str(key.value)} if isinstance(key, ast.Constant) else set()


def strings() -> set[str]:
    return {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def names(group: str) -> set[str]:
    return {key.removeprefix(f"{group}.") for key in _TEXTS if key.startswith(f"{group}.")}


def test_every_text_is_used() -> None:
    # An f-string that starts with a value could produce any key.
    patterns = [
        pattern(node)
        for node in nodes()
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    ]
    used = strings() | {f"{group}.{name}" for group in _GROUPS for name in names(group)}
    assert [key for key in _TEXTS if key not in used and not any(re.fullmatch(one, key) for one in patterns)] == []


def test_every_used_text_exists() -> None:
    called = set().union(*(keys_of(call.args[0]) for call in text_calls()))
    prefixes = {key.partition(".")[0] for key in _TEXTS if "." in key}
    # Keys in tables and constants, which are not arguments of a call.
    others = {one for one in strings() if re.fullmatch(rf"({'|'.join(prefixes)})(\.{_SEGMENT})+", one)}
    assert len(called) > 100
    assert (called | others) - _TEXTS.keys() - set(_GROUPS) == set()


def test_every_call_passes_the_placeholders_of_its_text() -> None:
    wrong = [
        f"line {call.lineno}: {key}"
        for call in text_calls()
        for key in keys_of(call.args[0])
        if None not in (passed := {keyword.arg for keyword in call.keywords})
        and not placeholders(_TEXTS[key][0]) <= passed
    ]
    assert wrong == []


def test_every_error_of_a_table_has_a_text() -> None:
    raised = set().union(*(first_strings(tree, "ClosesError") for tree in trees(Path(dashboard.__file__).parent)))
    translated = {key.removeprefix("closes.") for key in _TEXTS if key.startswith("closes.")}
    assert translated == raised | {"at.line", "at.column", "at.value"}


def test_every_group_of_names_is_used() -> None:
    calls = (node for node in nodes() if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    groups = (keys_of(call.args[0], _GROUPS) for call in calls if ast.unparse(call.func).endswith(".translate_name"))
    assert set().union(*groups) == set(_GROUPS)


@pytest.mark.parametrize(
    ("group", "written"),
    [
        ("run", set(get_args(RefreshResult))),
        ("run", set(get_args(LastRun.model_fields["result"].annotation))),
        ("action", set(get_args(Action))),
        ("outcome", set(get_args(LedgerEntry.model_fields["outcome"].annotation))),
        ("record.row", {NAIVE, ROLLING, EWMA, GARCH, REFUSED}),
        ("role", {"transformer", "predictor"}),
        ("verdict.point", set(Outcome)),
        ("verdict.distribution", set(Outcome)),
    ],
)
def test_every_name_of_the_service_is_translated(group: str, written: set[str]) -> None:
    assert names(group) == written


def test_every_step_and_result_of_a_refresh_is_translated() -> None:
    steps: set[str] = set()
    results = {"done", "failed", *get_args(State)}  # the default, after an error, of the gate
    for tree in trees(Path(jobs.pipeline.__file__).parent):
        steps |= first_strings(tree, "step")
        results |= first_strings(tree, "report")
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add":
                name, *rest = node.args
                if len(rest) == 3:
                    steps |= {str(one.value) for one in ast.walk(name) if isinstance(one, ast.Constant)}
                    results |= {str(rest[0].value)} if isinstance(rest[0], ast.Constant) else set()
    assert {"collect", "resume", "verify"} <= steps
    assert names("step") == steps - {"golden"}  # the name of a check in a promotion, not of a step
    assert names("ended") == results | {"train", "fine-tune", "nothing"}  # decisions
