"""`promote`, `rollback`, `pause`, `resume`, `pin`, `unpin`: what is served, by hand."""

from dataclasses import asdict

from jobs.document import give
from jobs.options import Json, Verbose, Version
from jobs.promotion import Promoter, Verified, rollback_version
from jobs.service import make_promoter
from jobs.settings import JobsSettings, ServiceSettings
from jobs.terminal import progress_bar, show
from model.contract.errors import PromotionError
from model.endpoint.program import read_settings
from model.state.folder import StateFolder
from model.state.hold import Hold, read_hold, write_hold
from model.state.ledger import now, rollback_target


def _promoter(by: str) -> Promoter:
    return make_promoter(read_settings(JobsSettings), read_settings(ServiceSettings), by)


def _folder() -> StateFolder:
    return StateFolder(read_settings(JobsSettings).store)


def _check_pin(hold: Hold, version: str | None) -> None:
    if hold.pinned is not None and hold.pinned != version:
        raise PromotionError(str(hold.sentence), check="pin")


def _give(version: str, verified: Verified) -> None:
    give({"served": version, **asdict(verified)})


def promote(version: Version, json: Json = False, verbose: Verbose = False) -> None:
    """Make a version the served one, wait until it answers as at export, and go back where it does not."""
    promoter = _promoter("promote")
    _check_pin(read_hold(_folder()), version)
    with progress_bar(f"promoting {version}"):
        promoter.finish_interrupted()
        verified = promoter.promote(version)
    show(f"version {version} is served")
    _give(version, verified)


def rollback(json: Json = False, verbose: Verbose = False) -> None:
    """Go back to the version that was served before the present one."""
    promoter = _promoter("rollback")
    version = rollback_target(promoter.ledger.entries(), promoter.serving())
    _check_pin(read_hold(_folder()), version)
    with progress_bar("rolling back"):
        served, verified = rollback_version(promoter, version)
    show(f"version {served} is served")
    _give(served, verified)


def pause(json: Json = False, verbose: Verbose = False) -> None:
    """Let refreshes collect prices and nothing else, until `resume`."""
    hold = read_hold(_folder())
    held = hold.model_copy(update={"paused_since": hold.paused_since or now()})
    write_hold(_folder(), held)
    show("paused: prices are refreshed, nothing is trained or promoted")
    give(held)


def resume(json: Json = False, verbose: Verbose = False) -> None:
    """Let refreshes train and promote again."""
    hold = read_hold(_folder())
    held = hold.model_copy(update={"paused_since": None})
    write_hold(_folder(), held)
    show("resumed" + (f"; {held.sentence}" if held.pinned else ""))
    give(held)


def pin(version: Version, json: Json = False, verbose: Verbose = False) -> None:
    """Promote a version where it is not served yet, and keep it until `unpin`."""
    promoter = _promoter("pin")
    with progress_bar(f"pinning {version}"):
        promoter.finish_interrupted()
        if promoter.serving() != version:
            promoter.promote(version)
    held = read_hold(_folder()).model_copy(update={"pinned": version})
    write_hold(_folder(), held)
    show(f"version {version} is served and stays until `nextclose unpin`")
    give(held)


def unpin(json: Json = False, verbose: Verbose = False) -> None:
    """Let other versions follow the pinned one."""
    hold = read_hold(_folder())
    held = hold.model_copy(update={"pinned": None})
    write_hold(_folder(), held)
    show(f"version {hold.pinned} is not pinned any more" if hold.pinned else "no version is pinned")
    give(held)
