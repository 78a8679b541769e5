from jobs.doctor.check_result import CheckResult, CheckStatus, healthy, results_text

FINE = CheckResult("python", CheckStatus.OK, "Python 3.11.7")
NOTE = CheckResult("extra jobs", CheckStatus.NOTE, "not installed: kubernetes", "pip install it")
BAD = CheckResult("store", CheckStatus.FAILED, "disk full", "remove old versions")


def test_only_failed_checks_are_unhealthy() -> None:
    assert healthy([FINE, NOTE, CheckResult("kubeconfig", CheckStatus.SKIPPED, "none")])
    assert not healthy([FINE, BAD])


def test_text_has_a_line_per_check_followed_by_its_advice() -> None:
    assert results_text([FINE, NOTE, BAD]).splitlines() == [
        "ok       python      Python 3.11.7",
        "note     extra jobs  not installed: kubernetes",
        "                     -> pip install it",
        "failed   store       disk full",
        "                     -> remove old versions",
        "",
        "1 of 3 checks failed",
    ]
    assert results_text([FINE]).splitlines()[-1] == "nothing failed"
