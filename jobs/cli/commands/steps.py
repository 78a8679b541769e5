"""The commands `collect`, `train`, `evaluate` and `export`: the steps from prices to a version."""

from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.completion import complete_version
from jobs.cli.exit_codes import ExitCode
from jobs.cli.failure import message_of, report_error
from jobs.cli.json_output import write_document
from jobs.cli.options import Csv, Json, Overwrite, Source, Splits, Symbols, Verbose
from jobs.cli.terminal import print_result, print_status, progress_bar
from jobs.pipeline.collect import CollectOptions, collect_prices
from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.endpoint.program import read_settings

if TYPE_CHECKING:
    from model.prices.collect import SymbolResult


def chosen_symbols(symbols: list[str] | None, settings: JobsSettings) -> tuple[str, ...]:
    """The symbols of the options, or of the settings if there are none, without duplicates."""
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
    """Download prices, or read a CSV, into the price store and print a quality report."""
    settings = read_settings(JobsSettings)
    options = CollectOptions(source, csv, tuple(split or ()), overwrite)
    with progress_bar("collecting prices") as bar:
        outcomes = collect_prices(settings, chosen_symbols(symbols, settings), options, bar)
    status = ExitCode.DONE
    for outcome in outcomes:
        if outcome.error is not None:
            status = max(status, report_error(outcome.error))
        if outcome.collected is None:
            continue
        for line in outcome.collected.tried:
            print_status(f"note: {line}")
        if outcome.collected.from_store:
            print_status(f"note: {outcome.symbol}: no source returned prices; using the last good download")
        print_result(outcome.collected.quality.to_text())
    write_document({"symbols": [_collected(outcome) for outcome in outcomes]})
    if status:
        raise typer.Exit(status)


def _collected(outcome: "SymbolResult") -> dict[str, object]:
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
            help="Fine-tune this version ('current': the current one) instead of training from scratch.",
            autocompletion=complete_version,
        ),
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Train a candidate on stored prices. Several symbols are pooled into one model."""
    from jobs.pipeline.train import train_candidate

    settings = read_settings(JobsSettings)
    with progress_bar("training") as bar:
        record, _ = train_candidate(
            settings,
            chosen_symbols(symbols, settings),
            former=former,
            progress=lambda epoch, total, loss: bar(epoch, total, "" if loss is None else f"loss {loss:.4f}"),
        )
    measured = record.validation
    print_result(
        f"candidate {record.version}: best epoch {record.best_epoch}, validation loss "
        f"{measured['pinball_before']:.4f} -> {measured['pinball']:.4f}, MASE {measured['mase']:.3f}"
    )
    if not record.changed:
        print_result("fine-tuning did not improve the version; there is nothing to export")
    write_document(record)


def evaluate(
    champion: Annotated[
        str | None,
        typer.Option(
            help="Version to compare the candidate with, or 'none'.",
            show_default="the current version",
            autocompletion=complete_version,
        ),
    ] = None,
    challengers: Annotated[
        int,
        typer.Option(
            min=1,
            help="Number of candidates tried on these sessions, including this one; more make the gate stricter.",
        ),
    ] = 1,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Evaluate the candidate on held-out sessions, write its report and run the gate."""
    from jobs.pipeline.evaluate import evaluate_candidate

    with progress_bar("evaluating"):
        outcome = evaluate_candidate(read_settings(JobsSettings), champion=champion, challengers=challengers)
    from model.evaluation.table import markdown_table, text_table

    table = markdown_table if markdown else text_table
    print_result(table(outcome.evaluation))
    print_result("")
    print_result(outcome.evaluation.verdict.text)
    print_result(f"gate: {outcome.decision.sentence}")
    if outcome.state == "untrained":
        print_result("no trained model passed: the untrained fallback was evaluated and can be exported")
    print_result(f"report: {outcome.report}")
    write_document(outcome)


def export(
    current: Annotated[
        bool, typer.Option(help="Make the new version the current one, which `serve` then loads.")
    ] = True,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Publish the evaluated candidate as a version."""
    from jobs.pipeline.export import export_candidate

    settings = read_settings(JobsSettings)
    with progress_bar("exporting"):
        artefact = export_candidate(settings, make_current=current)
    address = open_registry(settings.models, settings.model_name).address
    print_result(f"version {artefact.version} ({artefact.manifest.state}): {address}/{artefact.version}")
    write_document(
        {
            "version": artefact.version,
            "state": artefact.manifest.state,
            "address": f"{address}/{artefact.version}",
            "digest": artefact.digest,
            "current": current,
        }
    )
