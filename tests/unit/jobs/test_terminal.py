import pytest

from jobs.terminal import progress_bar, show, tell


def test_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[bold]x[/bold] :smile: 12:00:00 " + "y" * 300
    show(text)
    tell(text)
    assert capsys.readouterr() == (f"{text}\n", f"{text}\n")


def test_progress_without_a_terminal_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("training") as bar:
        for epoch in range(3):
            bar(epoch, 3, "loss 0.2")
    assert capsys.readouterr() == ("", "training\n")
