"""`collect`, `train`, `evaluate`, `export`: the steps from prices to a version."""

from typing import TYPE_CHECKING, Annotated

import typer

from jobs.completion import complete_version
from jobs.document import give
from jobs.exit_codes import ExitCode
from jobs.failure import failed, message_of
from jobs.options import Csv, Json, Overwrite, Source, Splits, Symbols, Verbose
from jobs.settings import JobsSettings
from jobs.steps.collect import CollectOptions, collect_prices
from jobs.terminal import progress_bar, show, tell
from model.artefact.address import registry_at
from model.endpoint.program import read_settings

if TYPE_CHECKING:
    from model.prices.collect import Outcome


def chosen_symbols(symbols: list[str] | None, settings: JobsSettings) -> tuple[str, ...]:
    """The symbols of the options, else those of the settings; each once."""
    return tuple(dict.fromkeys(symbols or settings.symbols))


def collect(
    symbols: Symbols = None,
    source: Source = None,
    csv: Csv = None,
    split: Splits = None,
    overwrite: Overwrite = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Download prices, or read your own, into the price store, and say what was found in them."""
    settings = read_settings(JobsSettings)
    wanted = chosen_symbols(symbols, settings)
    options = CollectOptions(source, csv, tuple(split or ()), overwrite)
    with progress_bar("collecting prices") as bar:
        outcomes = collect_prices(settings, wanted, options, bar)
    status = ExitCode.DONE
    for outcome in outcomes:
        if outcome.error is not None:
            status = max(status, failed(outcome.error))
        if outcome.collected is None:
            continue
        for line in outcome.collected.tried:
            tell(f"note: {line}")
        if outcome.collected.from_store:
            tell(f"note: {outcome.symbol}: no source gave prices, the last good download stands in")
        show(outcome.collected.quality.to_text())
    give({"symbols": [_collected(outcome) for outcome in outcomes]})
    if status:
        raise typer.Exit(status)


def _collected(outcome: "Outcome") -> dict[str, object]:
    found = outcome.collected
    return {
        "symbol": outcome.symbol,
        "error": None if outcome.error is None else message_of(outcome.error),
        "notes": [] if found is None else list(found.tried),
        "from_store": found is not None and found.from_store,
        "quality": None if found is None else found.quality.to_dict(),
    }


def train(
    symbols: Symbols = None,
    former: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Fine-tune this version, or 'current', instead of training from the start.",
            autocompletion=complete_version,
        ),
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Train on stored prices; the result is a candidate, not a version yet. Several symbols are pooled."""
    from jobs.steps.train import train_candidate

    settings = read_settings(JobsSettings)
    with progress_bar("training") as bar:
        record, _ = train_candidate(
            settings,
            chosen_symbols(symbols, settings),
            former=former,
            progress=lambda epoch, total, loss: bar(epoch, total, "" if loss is None else f"loss {loss:.4f}"),
        )
    measured = record.validation
    show(
        f"candidate {record.version}: {record.best_epoch} epochs, validation loss "
        f"{measured['pinball_before']:.4f} -> {measured['pinball']:.4f}, MASE {measured['mase']:.3f}"
    )
    if not record.changed:
        show("fine-tuning changed nothing; the former version stays")
    give(record)


def evaluate(
    champion: Annotated[
        str | None,
        typer.Option(
            help="Version that the candidate has to beat, or 'none'.",
            show_default="the current one",
            autocompletion=complete_version,
        ),
    ] = None,
    challengers: Annotated[
        int, typer.Option(min=1, help="How many candidates were tried on these sessions, this one included.")
    ] = 1,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the table in Markdown.")] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Measure the candidate on sessions that it has not seen, write its report, and ask the gate."""
    from jobs.steps.evaluate import evaluate_candidate

    with progress_bar("evaluating"):
        outcome = evaluate_candidate(read_settings(JobsSettings), champion=champion, challengers=challengers)
    from model.evaluation.table import markdown_table, text_table

    table = markdown_table if markdown else text_table
    show(table(outcome.evaluation))
    show("")
    show(outcome.evaluation.verdict.text)
    show(f"gate: {outcome.decision.sentence}")
    if outcome.state == "untrained":
        show("measured above and ready for export: the state before training, as nothing trained passed")
    show(f"report: {outcome.report}")
    give(outcome)


def export(
    current: Annotated[bool, typer.Option(help="Point to the new version, so that `serve` goes over to it.")] = True,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Publish the evaluated candidate as a version."""
    from jobs.steps.export import export_candidate

    settings = read_settings(JobsSettings)
    with progress_bar("exporting"):
        artefact = export_candidate(settings, make_current=current)
    address = registry_at(settings.models, settings.model_name).address
    show(f"version {artefact.version} ({artefact.manifest.state}): {address}/{artefact.version}")
    give(
        {
            "version": artefact.version,
            "state": artefact.manifest.state,
            "address": f"{address}/{artefact.version}",
            "digest": artefact.digest,
            "current": current,
        }
    )
