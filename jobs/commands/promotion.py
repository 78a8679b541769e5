"""`promote`, `rollback`, `pause`, `resume`, `pin`, `unpin`: what is served, by hand."""

from typing import Annotated

import typer

from jobs.options import Verbose
from jobs.promotion import Promoter, rollback_version
from jobs.service import make_promoter
from jobs.settings import JobsSettings, ServiceSettings
from jobs.terminal import progress_bar, show
from model.contract.errors import PromotionError
from model.endpoint.program import read_settings
from model.state.folder import StateFolder
from model.state.hold import Hold, read_hold, write_hold
from model.state.ledger import now, rollback_target

Version = Annotated[str, typer.Argument(help="Name of a version.")]


def _promoter(by: str) -> Promoter:
    return make_promoter(read_settings(JobsSettings), read_settings(ServiceSettings), by)


def _folder() -> StateFolder:
    return StateFolder(read_settings(JobsSettings).store)


def _check_pin(hold: Hold, version: str | None) -> None:
    if hold.pinned is not None and hold.pinned != version:
        raise PromotionError(str(hold.sentence), check="pin")


def promote(version: Version, verbose: Verbose = False) -> None:
    """Make a version the served one, wait until it answers as at export, and go back where it does not."""
    promoter = _promoter("promote")
    _check_pin(read_hold(_folder()), version)
    with progress_bar(f"promoting {version}"):
        promoter.finish_interrupted()
        promoter.promote(version)
    show(f"version {version} is served")


def rollback(verbose: Verbose = False) -> None:
    """Go back to the version that was served before the present one."""
    promoter = _promoter("rollback")
    version = rollback_target(promoter.ledger.entries(), promoter.serving())
    _check_pin(read_hold(_folder()), version)
    with progress_bar("rolling back"):
        rollback_version(promoter, version)
    show(f"version {version} is served")


def pause(verbose: Verbose = False) -> None:
    """Let refreshes collect prices and nothing else, until `resume`."""
    hold = read_hold(_folder())
    write_hold(_folder(), hold.model_copy(update={"paused_since": hold.paused_since or now()}))
    show("paused: prices are refreshed, nothing is trained or promoted")


def resume(verbose: Verbose = False) -> None:
    """Let refreshes train and promote again."""
    hold = read_hold(_folder())
    write_hold(_folder(), hold.model_copy(update={"paused_since": None}))
    show("resumed" + (f"; {hold.model_copy(update={'paused_since': None}).sentence}" if hold.pinned else ""))


def pin(version: Version, verbose: Verbose = False) -> None:
    """Promote a version where it is not served yet, and keep it until `unpin`."""
    promoter = _promoter("pin")
    with progress_bar(f"pinning {version}"):
        promoter.finish_interrupted()
        if promoter.serving() != version:
            promoter.promote(version)
    write_hold(_folder(), read_hold(_folder()).model_copy(update={"pinned": version}))
    show(f"version {version} is served and stays until `nextclose unpin`")


def unpin(verbose: Verbose = False) -> None:
    """Let other versions follow the pinned one."""
    hold = read_hold(_folder())
    write_hold(_folder(), hold.model_copy(update={"pinned": None}))
    show(f"version {hold.pinned} is not pinned any more" if hold.pinned else "no version is pinned")
