import pytest

from jobs.cli.terminal import print_result, print_status, progress_bar


def test_text_is_printed_verbatim(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[bold]x[/bold] :smile: 12:00:00 " + "y" * 300
    print_result(text)
    print_status(text)
    assert capsys.readouterr() == (f"{text}\n", f"{text}\n")


def test_progress_without_a_terminal_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("training") as bar:
        for epoch in range(3):
            bar(epoch, 3, "loss 0.2")
    assert capsys.readouterr() == ("", "training\n")
