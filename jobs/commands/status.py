"""`status`: what is served, by what, since when; what is held; what the last refresh came to."""

from collections.abc import Iterator
from typing import Annotated

import typer

from jobs.document import give
from jobs.options import Json, Verbose
from jobs.promotion import Promoter
from jobs.service import make_promoter
from jobs.settings import JobsSettings, ServiceSettings
from jobs.terminal import show
from model.contract.errors import NextcloseError
from model.endpoint.program import read_settings
from model.state.folder import StateFolder
from model.state.hold import read_hold
from model.state.ledger import Entry
from model.state.status import Status, read_status


def status(
    last: Annotated[int, typer.Option(min=0, help="How many of the last promotions to show.")] = 5,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show what is served, the pods, what is paused or pinned, the last refresh and the last promotions."""
    settings = read_settings(JobsSettings)
    folder = StateFolder(settings.store)
    promoter = make_promoter(settings, read_settings(ServiceSettings), "status")
    for line in _served(promoter):
        show(line)
    hold, known = read_hold(folder), read_status(folder)
    show(f"hold      {hold.sentence or 'nothing: refreshes train and promote'}")
    for line in _last(known):
        show(line)
    entries = promoter.ledger.entries()
    shown = entries[len(entries) - last :] if last else []
    for entry in shown:
        show(_line(entry))
    if json:
        address = promoter.target.serving()
        give(
            {
                "serving": promoter.target.version_at(address),
                "address": address,
                "described": list(promoter.target.describe()),
                "hold": hold,
                "status": known,
                "promotions": shown,
            }
        )


def _served(promoter: Promoter) -> Iterator[str]:
    address = promoter.target.serving()
    version = promoter.target.version_at(address)
    if address is None:
        yield "serving   nothing yet: no version was promoted"
    else:
        yield f"serving   {version or 'a version that is not ours'}"
        yield f"address   {address}"
    if version is not None:
        try:
            manifest = promoter.registry.open(version).manifest
        except NextcloseError as error:
            yield f"          {error}"
        else:
            made = f"made {manifest.created:%Y-%m-%d %H:%M} UTC from {manifest.source}"
            yield f"          {manifest.state}, {made}: {', '.join(manifest.symbols)}"
    yield from promoter.target.describe()


def _last(known: Status) -> Iterator[str]:
    run = known.last_run
    if run is None:
        yield "refresh   none yet"
    else:
        yield f"refresh   {run.at:%Y-%m-%d %H:%M} UTC: {run.result} ({run.seconds:g} s)"
        for step in run.steps:
            yield f"          {step.step}: {step.result}, {step.detail}"
    gate = known.last_gate
    if gate is not None:
        yield f"gate      {gate.at:%Y-%m-%d %H:%M} UTC, {gate.version}: {gate.sentence}"


def _line(entry: Entry) -> str:
    words = [f"{entry.at:%Y-%m-%d %H:%M} UTC", entry.action, entry.outcome, entry.version, f"by {entry.by}"]
    if entry.former:
        words.append(f"in place of {entry.former}")
    if entry.check:
        words.append(f"(check '{entry.check}': {entry.reason})")
    return "promotion " + " ".join(words)
