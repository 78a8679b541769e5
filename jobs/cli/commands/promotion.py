"""The commands `promote`, `rollback`, `pause`, `resume`, `pin` and `unpin`: manual control of the served version."""

from dataclasses import asdict

from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Verbose, Version
from jobs.cli.terminal import print_result, progress_bar
from jobs.promotion.make_promoter import make_promoter
from jobs.promotion.promoter import Promoter, VerificationTimes, rollback_version
from jobs.settings import JobsSettings, ServiceSettings
from model.contract.errors import PromotionError
from model.endpoint.program import read_settings
from model.state.folder import StateFolder
from model.state.hold import RefreshHold, read_refresh_hold, write_refresh_hold
from model.state.ledger import current_time, rollback_target


def _promoter(by: str) -> Promoter:
    return make_promoter(read_settings(JobsSettings), read_settings(ServiceSettings), by)


def _folder() -> StateFolder:
    return StateFolder(read_settings(JobsSettings).store)


def _check_pin(hold: RefreshHold, version: str | None) -> None:
    if hold.pinned is not None and hold.pinned != version:
        raise PromotionError(str(hold.sentence), check="pin")


def _write_result(version: str, verified: VerificationTimes) -> None:
    write_document({"served": version, **asdict(verified)})


def promote(version: Version, json: Json = False, verbose: Verbose = False) -> None:
    """Promote a version, verify it and roll back if a check fails.

    The version is verified when the service gives the same answers to the golden request as at export.
    """
    promoter = _promoter("promote")
    _check_pin(read_refresh_hold(_folder()), version)
    with progress_bar(f"promoting {version}"):
        promoter.finish_interrupted()
        verified = promoter.promote(version)
    print_result(f"version {version} is served")
    _write_result(version, verified)


def rollback(json: Json = False, verbose: Verbose = False) -> None:
    """Promote the version that was served before the current one."""
    promoter = _promoter("rollback")
    version = rollback_target(promoter.ledger.entries(), promoter.serving())
    _check_pin(read_refresh_hold(_folder()), version)
    with progress_bar("rolling back"):
        served, verified = rollback_version(promoter, version)
    print_result(f"version {served} is served")
    _write_result(served, verified)


def pause(json: Json = False, verbose: Verbose = False) -> None:
    """Limit refreshes to collecting prices until `nextclose resume`."""
    hold = read_refresh_hold(_folder())
    held = hold.model_copy(update={"paused_since": hold.paused_since or current_time()})
    write_refresh_hold(_folder(), held)
    print_result("paused: refreshes collect prices but do not train or promote")
    write_document(held)


def resume(json: Json = False, verbose: Verbose = False) -> None:
    """Let refreshes train and promote again after `nextclose pause`."""
    hold = read_refresh_hold(_folder())
    held = hold.model_copy(update={"paused_since": None})
    write_refresh_hold(_folder(), held)
    print_result("resumed" + (f"; {held.sentence}" if held.pinned else ""))
    write_document(held)


def pin(version: Version, json: Json = False, verbose: Verbose = False) -> None:
    """Serve this version until `nextclose unpin`; promote it if it is not served yet."""
    promoter = _promoter("pin")
    with progress_bar(f"pinning {version}"):
        promoter.finish_interrupted()
        if promoter.serving() != version:
            promoter.promote(version)
    held = read_refresh_hold(_folder()).model_copy(update={"pinned": version})
    write_refresh_hold(_folder(), held)
    print_result(f"version {version} is served and pinned until `nextclose unpin`")
    write_document(held)


def unpin(json: Json = False, verbose: Verbose = False) -> None:
    """Allow other versions to be promoted again after `nextclose pin`."""
    hold = read_refresh_hold(_folder())
    held = hold.model_copy(update={"pinned": None})
    write_refresh_hold(_folder(), held)
    print_result(f"version {hold.pinned} is no longer pinned" if hold.pinned else "no version is pinned")
    write_document(held)
