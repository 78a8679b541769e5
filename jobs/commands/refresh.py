"""`refresh`: what a CronJob runs after the close."""

from typing import Annotated

import typer

from jobs.commands.steps import chosen_symbols
from jobs.document import give
from jobs.failure import Traceback
from jobs.options import Json, Symbols, Verbose
from jobs.service import make_promoter
from jobs.settings import JobsSettings, RefreshSettings, ServiceSettings
from jobs.terminal import progress_bar, show
from model.endpoint.program import configure_logging, read_settings
from model.state.folder import StateFolder


def refresh(
    symbols: Symbols = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Train now, whatever is due.")] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Collect new prices; train, gate, promote, verify and prune where it is due. Safe to run again at any time."""
    if not Traceback.wanted:
        configure_logging()
    from jobs.steps.refresh import Refresh

    settings, service = read_settings(JobsSettings), read_settings(ServiceSettings)
    with progress_bar("refreshing") as bar:
        done = Refresh(
            settings,
            chosen_symbols(symbols, settings),
            read_settings(RefreshSettings),
            StateFolder(settings.store),
            lambda: make_promoter(settings, service, "refresh"),
            force,
            dry_run,
            bar,
        ).run()
    for step in done.steps:
        show(f"{step.step}: {step.result}, {step.detail}")
    show("dry run: nothing was changed" if dry_run else f"refresh: {done.result}")
    give({**done.model_dump(mode="json"), "dry_run": dry_run})
