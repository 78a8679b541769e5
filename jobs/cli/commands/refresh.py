"""The `refresh` command, which a CronJob runs after the close."""

from typing import Annotated

import typer

from jobs.cli.commands.steps import resolve_symbols
from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Symbols, Verbose
from jobs.cli.state import current_state
from jobs.cli.terminal import print_result, progress_bar
from jobs.promotion.make_promoter import make_promoter
from jobs.settings import JobsSettings, RefreshSettings, ServiceSettings
from model.endpoint.program import configure_logging, read_settings
from model.state.folder import StateFolder


def refresh(
    symbols: Symbols = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report the steps without changing anything.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Train even if no training is due.")] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Collect new prices. If training is due, train, run the gate, promote, verify and prune.

    The command can be repeated at any time: it resumes an interrupted promotion and skips completed steps.
    """
    if not current_state().verbose:
        configure_logging()
    from jobs.pipeline.refresh import Refresh

    settings, service = read_settings(JobsSettings), read_settings(ServiceSettings)
    with progress_bar("refreshing") as bar:
        done = Refresh(
            settings,
            resolve_symbols(symbols, settings),
            read_settings(RefreshSettings),
            StateFolder(settings.store),
            lambda: make_promoter(settings, service, "refresh"),
            force,
            dry_run,
            bar,
        ).run()
    for step in done.steps:
        print_result(f"{step.step}: {step.result}, {step.detail}")
    print_result("dry run: nothing was changed" if dry_run else f"refresh: {done.result}")
    write_document({**done.model_dump(mode="json"), "dry_run": dry_run})
