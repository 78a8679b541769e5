"""`bootstrap`: the first version, where nothing is served yet."""

from typing import TYPE_CHECKING

from jobs.commands.steps import chosen_symbols
from jobs.document import give
from jobs.failure import Traceback
from jobs.options import Json, Symbols, Verbose
from jobs.promotion import Promoter
from jobs.service import make_promoter
from jobs.settings import JobsSettings, ServiceSettings
from jobs.terminal import progress_bar, show, tell
from model.contract.errors import ClusterError, NextcloseError, PromotionError, SourceUnavailableError
from model.endpoint.program import configure_logging, read_settings
from model.state.folder import StateFolder
from model.state.ledger import now
from model.state.status import read_status, write_status

if TYPE_CHECKING:
    from jobs.steps.refresh_telling import StepLog


def bootstrap(symbols: Symbols = None, json: Json = False, verbose: Verbose = False) -> None:
    """Make and promote the first version, where nothing is served yet; else do nothing.

    Prices come from the files of NEXTCLOSE_CSV_FOLDER, else from the sources, else from the index that is packaged.
    """
    if not Traceback.wanted:
        configure_logging()
    settings = read_settings(JobsSettings)
    promoter = make_promoter(settings, read_settings(ServiceSettings), "bootstrap")
    promoter.target.await_service()
    try:
        _bootstrap(promoter, settings, symbols)
    except PromotionError:
        raise  # the promotion itself has told it
    except NextcloseError as error:
        _tell_service(promoter, "BootstrapFailed", f"no first version: {error}", warning=True)
        raise


def _bootstrap(promoter: Promoter, settings: JobsSettings, symbols: Symbols) -> None:
    promoter.finish_interrupted()
    address = promoter.target.serving()
    if address is not None:
        show(f"nothing to do: {promoter.target.version_at(address) or address} is served")
        give({"served": promoter.target.version_at(address), "address": address, "changed": False})
        return
    # The pointer first: on a volume that was kept it names what was served before.
    version = promoter.registry.current() or next(reversed(promoter.registry.versions()), None)
    if version is None:
        _say(promoter, "no version is there yet: prices are collected and the first model is trained")
        version = _first(settings, chosen_symbols(symbols, settings))
    _say(promoter, f"version {version} is promoted as the first one")
    with progress_bar(f"promoting {version}"):
        promoter.promote(version)
    show(f"version {version} is served")
    give({"served": version, "address": promoter.target.address_of(version), "changed": True})


def _say(promoter: Promoter, message: str) -> None:
    tell(message)
    _tell_service(promoter, "Bootstrapping", message)


def _tell_service(promoter: Promoter, reason: str, message: str, *, warning: bool = False) -> None:
    try:
        promoter.target.tell(reason, message, warning=warning)
    except ClusterError as error:
        tell(f"note: {error}")


def _first(settings: JobsSettings, symbols: tuple[str, ...]) -> str:
    from jobs.steps.new_version import make_version
    from jobs.steps.refresh import known_of
    from jobs.steps.refresh_telling import StepLog

    steps = StepLog()
    used = _collect(settings, symbols, steps)
    made = make_version(settings, used, steps, served=None, finetune=False, again=False, now=now)
    state = StateFolder(settings.store)
    status = read_status(state)
    write_status(state, status.model_copy(update=known_of(made, status)))
    return made.attempt.version


def _collect(settings: JobsSettings, symbols: tuple[str, ...], steps: "StepLog") -> tuple[str, ...]:
    """The symbols that there are prices of; the packaged index where not even one can be had."""
    from jobs.steps.collect import collect_packaged
    from jobs.steps.refresh_prices import collect_all

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
            f"prices of {', '.join(symbols)} could not be had ({'; '.join(found.failures)}); {packaged}, the S&P 500 "
            "index until 2018 that the package arch ships, stands in",
        )
        return (packaged,)
