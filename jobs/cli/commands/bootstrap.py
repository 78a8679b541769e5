"""The `bootstrap` command: create and promote the first version."""

from typing import TYPE_CHECKING

from jobs.cli.commands.steps import resolve_symbols
from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Symbols, Verbose
from jobs.cli.state import current_state
from jobs.cli.terminal import print_result, print_status, progress_bar
from jobs.promotion.make_promoter import make_promoter
from jobs.promotion.promoter import Promoter
from jobs.settings import JobsSettings, ServiceSettings
from model.contract.errors import ClusterError, NextcloseError, PromotionError, SourceUnavailableError
from model.endpoint.program import configure_logging, read_settings
from model.state.folder import StateFolder
from model.state.ledger import current_time
from model.state.status import read_status, write_status

if TYPE_CHECKING:
    from jobs.pipeline.step_log import StepLog


def bootstrap(symbols: Symbols = None, json: Json = False, verbose: Verbose = False) -> None:
    """Create and promote the first version. Does nothing if a version is served already.

    Prices come from NEXTCLOSE_CSV_FOLDER if it has a file for the symbol, otherwise they are downloaded. If no source
    can be reached, the packaged S&P 500 index is used instead.
    """
    if not current_state().verbose:
        configure_logging()
    settings = read_settings(JobsSettings)
    promoter = make_promoter(settings, read_settings(ServiceSettings), "bootstrap")
    promoter.target.await_service()
    try:
        _bootstrap(promoter, settings, symbols)
    except PromotionError:
        raise  # the promotion has recorded the Event already
    except NextcloseError as error:
        _record_event(promoter, "BootstrapFailed", f"cannot create the first version: {error}", warning=True)
        raise


def _bootstrap(promoter: Promoter, settings: JobsSettings, symbols: Symbols) -> None:
    promoter.finish_interrupted()
    address = promoter.target.serving()
    if address is not None:
        print_result(f"nothing to do: {promoter.target.version_at(address) or address} is served already")
        write_document({"served": promoter.target.version_at(address), "address": address, "changed": False})
        return
    # The pointer comes first: on a retained volume it names the version that was served before.
    version = promoter.registry.current() or next(reversed(promoter.registry.versions()), None)
    if version is None:
        _announce(promoter, "no version exists yet: collecting prices and training the first model")
        version = _create_version(settings, resolve_symbols(symbols, settings))
    _announce(promoter, f"promoting {version} as the first version")
    with progress_bar(f"promoting {version}"):
        promoter.promote(version)
    print_result(f"version {version} is served")
    write_document({"served": version, "address": promoter.target.address_of(version), "changed": True})


def _announce(promoter: Promoter, message: str) -> None:
    print_status(message)
    _record_event(promoter, "Bootstrapping", message)


def _record_event(promoter: Promoter, reason: str, message: str, *, warning: bool = False) -> None:
    try:
        promoter.target.tell(reason, message, warning=warning)
    except ClusterError as error:
        print_status(f"note: {error}")


def _create_version(settings: JobsSettings, symbols: tuple[str, ...]) -> str:
    from jobs.pipeline.new_version import make_version
    from jobs.pipeline.refresh import status_fields
    from jobs.pipeline.step_log import StepLog

    steps = StepLog()
    used = _collect(settings, symbols, steps)
    made = make_version(settings, used, steps, served=None, finetune=False, force=False, now=current_time)
    state = StateFolder(settings.store)
    status = read_status(state)
    write_status(state, status.model_copy(update=status_fields(made, status)))
    return made.attempt.version


def _collect(settings: JobsSettings, symbols: tuple[str, ...], steps: "StepLog") -> tuple[str, ...]:
    """Collect prices. Returns the symbols to train on: the packaged index if no source can be reached."""
    from jobs.pipeline.collect import collect_packaged
    from jobs.pipeline.refresh_prices import collect_all

    with steps.step("collect") as done, progress_bar("collecting prices") as bar:
        found = collect_all(settings, symbols, bar)
        if not found.unreachable:
            if found.missing:
                raise SourceUnavailableError("; ".join(found.failures))
            done("collected", ", ".join(symbols))
            return symbols
        packaged = collect_packaged(settings)
        done(
            "packaged",
            f"prices of {', '.join(symbols)} could not be collected ({'; '.join(found.failures)}); using {packaged} "
            "instead, the S&P 500 index until 2018 from the package arch",
        )
        return (packaged,)
