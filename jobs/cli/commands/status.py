"""The `status` command: served version, pods, hold, last refresh and last promotions."""

from collections.abc import Iterator
from typing import Annotated

import typer

from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Verbose
from jobs.cli.terminal import print_result
from jobs.promotion.make_promoter import make_promoter
from jobs.promotion.promoter import Promoter
from jobs.settings import JobsSettings, ServiceSettings
from model.contract.errors import NextcloseError
from model.endpoint.program import read_settings
from model.state.folder import StateFolder
from model.state.hold import read_refresh_hold
from model.state.ledger import LedgerEntry
from model.state.status import Status, read_status


def status(
    last: Annotated[int, typer.Option(min=0, help="Number of promotions to show, most recent last.")] = 5,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show the served version, pods, pause and pin, the last refresh and the last promotions."""
    settings = read_settings(JobsSettings)
    folder = StateFolder(settings.store)
    promoter = make_promoter(settings, read_settings(ServiceSettings), "status")
    for line in _served(promoter):
        print_result(line)
    hold, known = read_refresh_hold(folder), read_status(folder)
    print_result(f"hold      {hold.sentence or 'none: refreshes train and promote'}")
    for line in _last_run(known):
        print_result(line)
    entries = promoter.ledger.entries()
    shown = entries[len(entries) - last :] if last else []
    for entry in shown:
        print_result(_promotion_line(entry))
    if json:
        address = promoter.target.serving()
        write_document(
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
        yield "serving   none: no version has been promoted yet"
    else:
        yield f"serving   {version or 'a version that is not in the registry'}"
        yield f"address   {address}"
    if version is not None:
        try:
            manifest = promoter.registry.open(version).manifest
        except NextcloseError as error:
            yield f"          {error}"
        else:
            made = f"created {manifest.created:%Y-%m-%d %H:%M} UTC from {manifest.source}"
            yield f"          {manifest.state}, {made}: {', '.join(manifest.symbols)}"
    yield from promoter.target.describe()


def _last_run(known: Status) -> Iterator[str]:
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


def _promotion_line(entry: LedgerEntry) -> str:
    words = [f"{entry.at:%Y-%m-%d %H:%M} UTC", entry.action, entry.outcome, entry.version, f"by {entry.by}"]
    if entry.former:
        words.append(f"replacing {entry.former}")
    if entry.check:
        words.append(f"(check '{entry.check}': {entry.reason})")
    return "promotion " + " ".join(words)
