"""Completion in bash, zsh and fish: the script, its installation and the offered words."""

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.cli.nextclose import SECONDS, environment
from tests.cli.terminal import TAKE_TERMINAL
from tests.cli.workplace import PipelineRun
from tests.programs import require_program

PROGRAM = Path(sys.executable).with_name("nextclose")
SHELLS = {"bash": "complete -o", "zsh": "#compdef nextclose", "fish": "complete --command nextclose"}
INSTALLED = {
    "bash": (".bash_completions/nextclose.sh", ".bashrc"),
    "zsh": (".zfunc/_nextclose", ".zshrc"),
    "fish": (".config/fish/completions/nextclose.fish", None),
}

END_OF_ANSWER = "end-of-answer"


def _in_shell(shell: str, script: str, home: Path, cwd: Path | None = None) -> str:
    """Run a script in a shell without the user's configuration. Returns its output."""
    program = str(require_program(shell))
    plain = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    variables = {"HOME": str(home), "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "XDG_CONFIG_HOME": ""}
    done = subprocess.run(
        # A shell replaces itself by its only command, and the program could not detect its shell.
        [program, *plain, "-c", f"{script}\n:" if shell != "fish" else f"{script}\ntrue"],
        cwd=cwd or home,
        env={**environment(variables), "SHELL": program},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_show_completion_prints_the_script_of_the_shell(shell: str, tmp_path: Path) -> None:
    script = _in_shell(shell, "nextclose --show-completion", tmp_path)
    assert SHELLS[shell] in script
    assert "_NEXTCLOSE_COMPLETE=complete_" in script
    written = tmp_path / "script"
    written.write_text(script)
    _in_shell(shell, f"{shell} {'--no-execute' if shell == 'fish' else '-n'} {shlex.quote(str(written))}", tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_install_completion_installs_for_the_current_shell(shell: str, tmp_path: Path) -> None:
    message = _in_shell(shell, "nextclose --install-completion", tmp_path)
    script, startup_file = INSTALLED[shell]
    assert f"{shell} completion installed in" in message
    assert "_NEXTCLOSE_COMPLETE=complete_" in (tmp_path / script).read_text()
    if startup_file is not None:
        assert (tmp_path / script).parent.name in (tmp_path / startup_file).read_text()


@pytest.fixture(scope="module")
def place(stepped: PipelineRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    shutil.copytree(stepped.place.data, folder / "data")
    return folder


# The functions below ask for several lines in one shell, and return the offered words of each.


def _bash(lines: Sequence[str], place: Path, home: Path) -> list[list[str]]:
    asked = []
    for line in lines:
        words = line.split(" ")
        quoted = " ".join(shlex.quote(word) for word in words)
        asked.append(
            f"COMPREPLY=() COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}\n"
            f'_nextclose_completion nextclose\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
        )
    shown = _answers("bash", 'eval "$(nextclose --show-completion)"', asked, place, home)
    return [answer.split() for answer in shown]


def _fish(lines: Sequence[str], place: Path, home: Path) -> list[list[str]]:
    asked = [f"complete --do-complete {shlex.quote(line)}" for line in lines]
    shown = _answers("fish", "nextclose --show-completion | source", asked, place, home)
    return [[row.split("\t")[0] for row in answer.splitlines()] for answer in shown]


def _zsh(lines: Sequence[str], place: Path, home: Path) -> list[list[str]]:
    # The script calls the program in this way and passes its output to `_arguments` of zsh.
    asked = [f"_NEXTCLOSE_COMPLETE=complete_zsh _TYPER_COMPLETE_ARGS={shlex.quote(line)} nextclose" for line in lines]
    found = []
    for answer in _answers("zsh", "", asked, place, home):
        rows = [row.removeprefix("_arguments '*: :((") for row in answer.splitlines()]
        found.append([match[1] for row in rows if (match := re.match(r'"([^"]+)"', row))])
    return found


def _answers(shell: str, first: str, asked: Sequence[str], place: Path, home: Path) -> list[str]:
    """Run commands in one shell, after a first one. Returns the output of each."""
    script = "\n".join([first, *(f"{command}\necho {END_OF_ANSWER}" for command in asked)])
    *answers, rest = _in_shell(shell, script, home, place).split(f"{END_OF_ANSWER}\n")
    assert rest == ""
    assert len(answers) == len(asked)
    return answers


COMPLETE = {"bash": _bash, "zsh": _zsh, "fish": _fish}


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_options_versions_and_symbols_are_offered(
    shell: str, place: Path, stepped: PipelineRun, tmp_path: Path
) -> None:
    (version,) = stepped.place.registry.versions()
    of_versions = ("versions show ", "promote 2", "report --against ", "train --from ", "evaluate --champion ")
    of_symbols = ("forecast --symbol ", "train -s ")
    asked = ("", "doc", "report --", *of_versions, *of_symbols, "promote 1999")
    offered = dict(zip(asked, COMPLETE[shell]([f"nextclose {line}" for line in asked], place, tmp_path), strict=True))
    assert {"collect", "doctor", "versions", "report"} <= set(offered[""])
    assert offered["doc"] == ["doctor"]
    assert "--against" in offered["report --"]
    for line in of_versions:
        assert offered[line] == [version], line
    for line in of_symbols:
        assert stepped.place.symbol in offered[line], line
    assert offered["promote 1999"] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_key_completes_in_an_interactive_shell(shell: str, tmp_path: Path) -> None:
    _in_shell(shell, "nextclose --install-completion", tmp_path)
    for folder in (".local/share", ".cache"):  # without it, fish 3 or 4 reads all manual pages
        (tmp_path / folder / "fish" / "generated_completions").mkdir(parents=True)
    variables = {"HOME": tmp_path, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "TERM": "xterm"}
    clean = {name: value for name, value in environment(variables).items() if not name.startswith("XDG_")}
    own, child_side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, str(require_program(shell)), "-i"],
        cwd=tmp_path, env=clean, stdin=child_side, stdout=child_side, stderr=child_side, start_new_session=True,
    )  # fmt: skip
    os.close(child_side)
    shown, deadline = "", time.monotonic() + 60
    try:
        while "doctor" not in shown:
            assert time.monotonic() < deadline, shown
            # Repeated from an empty line: at the first key zsh only loads the script.
            os.write(own, b"\x15nextclose doc\t")
            until = time.monotonic() + 3
            while time.monotonic() < until and "doctor" not in shown:
                if select.select([own], [], [], 0.2)[0]:
                    read = os.read(own, 65536).decode(errors="replace")
                    if re.search("\x1b\\[0?c", read):  # fish queries the type of the terminal
                        os.write(own, b"\x1b[?62;c")
                    shown += read
    finally:
        process.kill()
        process.wait()
        os.close(own)


def _completed(variables: Mapping[str, str], line: str, folder: Path) -> list[str]:
    """Run the completion and check that it imports no slow library. Returns the offered words."""
    source = """
import sys
from jobs.cli.start import main
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
    assert last == "SLOW", "completion must not wait for the import of these"
    return [name for name in offered if name]


def test_completion_imports_no_slow_library(place: Path, stepped: PipelineRun) -> None:
    assert _completed({}, "nextclose promote ", place) == stepped.place.registry.versions()
    assert stepped.place.symbol in _completed({}, "nextclose train --symbol ", place)


def test_object_stores_are_not_queried(tmp_path: Path) -> None:
    remote = {"NEXTCLOSE_MODELS": "s3://bucket/models", "NEXTCLOSE_STORE": "s3://bucket"}
    assert _completed(remote, "nextclose promote ", tmp_path) == []
    assert _completed(remote, "nextclose train --symbol ", tmp_path) == ["PETR4.SA"], "symbols of the settings"
    assert _completed({"NEXTCLOSE_SYMBOLS": "no list"}, "nextclose train --symbol ", tmp_path) == []
