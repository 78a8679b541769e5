from jobs.doctor.finding import Finding, Result, findings_text, healthy

FINE = Finding("python", Result.OK, "Python 3.11.7")
NOTE = Finding("extra jobs", Result.NOTE, "not installed: kubernetes", "pip install it")
BAD = Finding("store", Result.FAILED, "no room", "make room")


def test_only_what_failed_makes_it_unhealthy() -> None:
    assert healthy([FINE, NOTE, Finding("kubeconfig", Result.SKIPPED, "none")])
    assert not healthy([FINE, BAD])


def test_the_text_has_a_line_for_each_and_below_it_what_to_do() -> None:
    assert findings_text([FINE, NOTE, BAD]).splitlines() == [
        "ok       python      Python 3.11.7",
        "note     extra jobs  not installed: kubernetes",
        "                     -> pip install it",
        "failed   store       no room",
        "                     -> make room",
        "",
        "1 of 3 checks failed",
    ]
    assert findings_text([FINE]).splitlines()[-1] == "nothing failed"
