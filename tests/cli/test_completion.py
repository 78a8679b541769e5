"""Completion in the three shells: the script that each is given, where it is installed, and what it then offers."""

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.nextclose import environment
from tests.cli.terminal import TAKE_TERMINAL
from tests.cli.workplace import Stepped
from tests.programs import require_program

PROGRAM = Path(sys.executable).with_name("nextclose")
SHELLS = {"bash": "complete -o", "zsh": "#compdef nextclose", "fish": "complete --command nextclose"}
INSTALLED = {
    "bash": (".bash_completions/nextclose.sh", ".bashrc"),
    "zsh": (".zfunc/_nextclose", ".zshrc"),
    "fish": (".config/fish/completions/nextclose.fish", None),
}


def _in_shell(shell: str, script: str, home: Path, cwd: Path | None = None) -> str:
    """What a script prints in a shell that reads nothing of this machine's user."""
    program = str(require_program(shell))
    plain = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    variables = {"HOME": str(home), "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "XDG_CONFIG_HOME": ""}
    done = subprocess.run(
        # More than one command, or the shell would become the program that then looks for its shell.
        [program, *plain, "-c", f"{script}\n:" if shell != "fish" else f"{script}\ntrue"],
        cwd=cwd or home,
        env={**environment(variables), "SHELL": program},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_is_shown(shell: str, tmp_path: Path) -> None:
    script = _in_shell(shell, "nextclose --show-completion", tmp_path)
    assert SHELLS[shell] in script
    assert "_NEXTCLOSE_COMPLETE=complete_" in script
    written = tmp_path / "script"
    written.write_text(script)
    _in_shell(shell, f"{shell} {'--no-execute' if shell == 'fish' else '-n'} {shlex.quote(str(written))}", tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_for_the_shell_that_asks(shell: str, tmp_path: Path) -> None:
    told = _in_shell(shell, "nextclose --install-completion", tmp_path)
    script, started_by = INSTALLED[shell]
    assert f"{shell} completion installed in" in told
    assert "_NEXTCLOSE_COMPLETE=complete_" in (tmp_path / script).read_text()
    if started_by is not None:
        assert (tmp_path / script).parent.name in (tmp_path / started_by).read_text()


@pytest.fixture(scope="module")
def place(stepped: Stepped, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    shutil.copytree(stepped.place.data, folder / "data")
    return folder


def _bash(line: str, place: Path, home: Path) -> list[str]:
    words = line.split(" ")
    quoted = " ".join(shlex.quote(word) for word in words)
    return _in_shell(
        "bash",
        'eval "$(nextclose --show-completion)"\n'
        f"COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}\n"
        f'_nextclose_completion nextclose\nprintf "%s\\n" "${{COMPREPLY[@]}}"',
        home,
        place,
    ).split()


def _fish(line: str, place: Path, home: Path) -> list[str]:
    offered = _in_shell(
        "fish", f"nextclose --show-completion | source\ncomplete --do-complete {shlex.quote(line)}", home, place
    )
    return [row.split("\t")[0] for row in offered.splitlines()]


def _zsh(line: str, place: Path, home: Path) -> list[str]:
    # What the script asks the program for and hands to zsh's `_arguments`.
    asked = f"_NEXTCLOSE_COMPLETE=complete_zsh _TYPER_COMPLETE_ARGS={shlex.quote(line)} nextclose"
    rows = [row.removeprefix("_arguments '*: :((") for row in _in_shell("zsh", asked, home, place).splitlines()]
    return [found[1] for row in rows if (found := re.match(r'"([^"]+)"', row))]


COMPLETE = {"bash": _bash, "zsh": _zsh, "fish": _fish}


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_offered(shell: str, place: Path, stepped: Stepped, tmp_path: Path) -> None:
    complete = COMPLETE[shell]
    (version,) = stepped.place.registry.versions()
    assert {"collect", "doctor", "versions", "report"} <= set(complete("nextclose ", place, tmp_path))
    assert complete("nextclose doc", place, tmp_path) == ["doctor"]
    assert "--against" in complete("nextclose report --", place, tmp_path)
    for line in ("versions show ", "promote 2", "report --against ", "train --from ", "evaluate --champion "):
        assert complete(f"nextclose {line}", place, tmp_path) == [version], line
    for line in ("forecast --symbol ", "train -s "):
        assert stepped.place.symbol in complete(f"nextclose {line}", place, tmp_path), line
    assert complete("nextclose promote 1999", place, tmp_path) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_key_in_a_shell_that_somebody_types_into(shell: str, tmp_path: Path) -> None:
    _in_shell(shell, "nextclose --install-completion", tmp_path)
    variables = {"HOME": tmp_path, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "TERM": "xterm"}
    clean = {name: value for name, value in environment(variables).items() if not name.startswith("XDG_")}
    own, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, str(require_program(shell)), "-i"],
        cwd=tmp_path, env=clean, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, deadline = "", time.monotonic() + 60
    try:
        while "doctor" not in shown:
            assert time.monotonic() < deadline, shown
            # From an empty line, and again: zsh reads the script at the first key and offers nothing then.
            os.write(own, b"\x15nextclose doc\t")
            until = time.monotonic() + 3
            while time.monotonic() < until and "doctor" not in shown:
                if select.select([own], [], [], 0.2)[0]:
                    read = os.read(own, 65536).decode(errors="replace")
                    if re.search("\x1b\\[0?c", read):  # fish asks what kind of terminal this is
                        os.write(own, b"\x1b[?62;c")
                    shown += read
    finally:
        process.kill()
        process.wait()
        os.close(own)


def _completed(variables: Mapping[str, str], line: str, folder: Path) -> list[str]:
    """Runs the completion in a process that tells which slow libraries it has imported, and gives those."""
    source = """
import sys
from jobs.start import main
sys.argv = ["nextclose"]
try:
    main()
except SystemExit:
    pass
slow = {"tensorflow", "keras", "pandas", "scipy", "sklearn", "matplotlib", "kubernetes", "kserve", "locust", "arch"}
print("\\nSLOW", *sorted(slow & set(sys.modules)))
"""
    own = {"_NEXTCLOSE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=folder,
        env=environment({**own, **variables}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *offered, last = done.stdout.splitlines()
    assert last == "SLOW", "a key that is pressed must not wait for these"
    return [name for name in offered if name]


def test_nothing_slow_is_imported(place: Path, stepped: Stepped) -> None:
    assert _completed({}, "nextclose promote ", place) == stepped.place.registry.versions()
    assert stepped.place.symbol in _completed({}, "nextclose train --symbol ", place)


def test_what_cannot_be_looked_at_is_not_offered(tmp_path: Path) -> None:
    away = {"NEXTCLOSE_MODELS": "s3://bucket/models", "NEXTCLOSE_STORE": "s3://bucket"}
    assert _completed(away, "nextclose promote ", tmp_path) == []
    assert _completed(away, "nextclose train --symbol ", tmp_path) == ["PETR4.SA"], "the settings' own"
    assert _completed({"NEXTCLOSE_SYMBOLS": "no list"}, "nextclose train --symbol ", tmp_path) == []
