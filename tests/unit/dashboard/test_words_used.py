"""Every text of the page is shown somewhere, and the names of the service are all that its code writes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import pytest

import dashboard
import jobs.steps
from dashboard.texts import WORDS
from dashboard.vocabulary import NAMES
from jobs.steps.evaluate import REFUSED
from jobs.steps.outcome import State
from jobs.steps.refresh import Result
from model.evaluation.baselines import EWMA, GARCH, NAIVE, ROLLING
from model.evaluation.verdict import Outcome
from model.state.ledger import Action, Entry
from model.state.status import LastRun

_WORDS_THEMSELVES: Final = {"english.py", "portuguese.py", "vocabulary.py"}
_ONE_PART: Final = r"[a-z0-9_]+"


def trees(folder: Path, *left_out: str) -> Iterator[ast.Module]:
    for path in folder.rglob("*.py"):
        if path.name not in left_out:
            yield ast.parse(path.read_text())


def nodes() -> Iterator[ast.AST]:
    for tree in trees(Path(dashboard.__file__).parent, *_WORDS_THEMSELVES):
        yield from ast.walk(tree)


def pattern(text: ast.JoinedStr) -> str:
    """Of the keys that an f-string makes: a value is one part of them."""
    parts = (str(one.value) if isinstance(one, ast.Constant) else None for one in text.values)
    return "".join(_ONE_PART if part is None else re.escape(part) for part in parts)


def first_strings(tree: ast.AST, *called: str) -> set[str]:
    """First arguments of calls of these names, both ends of a choice."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in called:
            found |= {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)}
    return {one for one in found if isinstance(one, str)}


def names(group: str) -> set[str]:
    return {key.removeprefix(f"{group}.") for key in NAMES if key.startswith(f"{group}.")}


def test_every_text_is_used() -> None:
    whole = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    # What does not begin with text of its own would make any key.
    made = [
        pattern(node)
        for node in nodes()
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    ]
    unused = {
        key
        for key in WORDS["en"].keys() - NAMES.keys()
        if key not in whole and not any(re.fullmatch(one, key) for one in made)
    }
    assert unused == {f"verdict.{part}.{outcome}" for part in ("point", "distribution") for outcome in Outcome}


def test_faults_of_a_table_are_those_that_are_found() -> None:
    faults = set().union(*(first_strings(tree, "ClosesError") for tree in trees(Path(dashboard.__file__).parent)))
    told = {key.removeprefix("closes.") for key in WORDS["en"] if key.startswith("closes.")}
    assert told == faults | {"at.line", "at.column", "at.value"}


def test_names_of_groups_are_those_that_are_asked_for() -> None:
    asked = {
        node.args[0].value
        for node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "named"
        and isinstance(node.args[0], ast.Constant)
    }
    assert {key.rpartition(".")[0] for key in NAMES} == asked | {"role"}


@pytest.mark.parametrize(
    ("group", "written"),
    [
        ("run", set(get_args(Result))),
        ("run", set(get_args(LastRun.model_fields["result"].annotation))),
        ("action", set(get_args(Action))),
        ("outcome", set(get_args(Entry.model_fields["outcome"].annotation))),
        ("record.row", {NAIVE, ROLLING, EWMA, GARCH, REFUSED}),
        ("role", {"transformer", "predictor"}),
    ],
)
def test_names_of_the_service_are_all_that_it_writes(group: str, written: set[str]) -> None:
    assert names(group) == written


def test_steps_and_their_results_are_all_that_a_refresh_writes() -> None:
    steps: set[str] = set()
    results = {"done", "failed", *get_args(State)}  # by default, of an error, of the gate
    for tree in trees(Path(jobs.steps.__file__).parent):
        steps |= first_strings(tree, "step")
        results |= first_strings(tree, "tell")
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add":
                name, *rest = node.args
                if len(rest) == 3:
                    steps |= {str(one.value) for one in ast.walk(name) if isinstance(one, ast.Constant)}
                    results |= {str(rest[0].value)} if isinstance(rest[0], ast.Constant) else set()
    assert {"collect", "resume", "verify"} <= steps
    assert names("step") == steps - {"golden"}  # a check of a promotion, which chooses the step
    assert names("ended") == results | {"train", "fine-tune", "nothing"}  # what is decided
