from jobs.doctor.finding import CheckResult, Finding, findings_text, healthy

FINE = Finding("python", CheckResult.OK, "Python 3.11.7")
NOTE = Finding("extra jobs", CheckResult.NOTE, "not installed: kubernetes", "pip install it")
BAD = Finding("store", CheckResult.FAILED, "disk full", "remove old versions")


def test_only_failed_checks_are_unhealthy() -> None:
    assert healthy([FINE, NOTE, Finding("kubeconfig", CheckResult.SKIPPED, "none")])
    assert not healthy([FINE, BAD])


def test_text_has_a_line_per_finding_followed_by_its_advice() -> None:
    assert findings_text([FINE, NOTE, BAD]).splitlines() == [
        "ok       python      Python 3.11.7",
        "note     extra jobs  not installed: kubernetes",
        "                     -> pip install it",
        "failed   store       disk full",
        "                     -> remove old versions",
        "",
        "1 of 3 checks failed",
    ]
    assert findings_text([FINE]).splitlines()[-1] == "nothing failed"
