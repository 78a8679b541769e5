"""The commands `collect`, `train`, `evaluate` and `export`: the steps from prices to a version.

The parameters `json` and `verbose` are not used here: the callbacks of their options set the state of the command.
"""

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


def resolve_symbols(symbols: list[str] | None, settings: JobsSettings) -> tuple[str, ...]:
    """Return the symbols of the options, or of the settings if there are none, without duplicates."""
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
        symbol_results = collect_prices(settings, resolve_symbols(symbols, settings), options, bar)
    status = ExitCode.DONE
    for result in symbol_results:
        if result.error is not None:
            # If symbols fail for different reasons, the highest exit status is returned.
            status = max(status, report_error(result.error))
        if result.collected is None:
            continue
        for line in result.collected.tried:
            print_status(f"note: {line}")
        if result.collected.from_store:
            print_status(f"note: {result.symbol}: no source returned prices; using the last good download")
        print_result(result.collected.quality.to_text())
    write_document({"symbols": [_symbol_document(result) for result in symbol_results]})
    if status:
        raise typer.Exit(status)


def _symbol_document(result: "SymbolResult") -> dict[str, object]:
    collected = result.collected
    return {
        "symbol": result.symbol,
        "error": None if result.error is None else message_of(result.error),
        "notes": [] if collected is None else list(collected.tried),
        "from_store": collected is not None and collected.from_store,
        "quality": None if collected is None else collected.quality.to_dict(),
    }


def train(
    symbols: Symbols = None,
    former: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Fine-tune this version (a version name, or 'current') instead of training from scratch.",
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
            resolve_symbols(symbols, settings),
            former=former,
            progress=lambda epoch, total, loss: bar(epoch, total, "" if loss is None else f"loss {loss:.4f}"),
        )
    validation = record.validation
    print_result(
        f"candidate {record.version}: best epoch {record.best_epoch}, validation loss "
        f"{validation['pinball_before']:.4f} -> {validation['pinball']:.4f}, MASE {validation['mase']:.3f}"
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
        evaluation_result = evaluate_candidate(
            read_settings(JobsSettings), champion=champion, challenger_count=challengers
        )
    from model.evaluation.table import markdown_table, text_table

    table = markdown_table if markdown else text_table
    print_result(table(evaluation_result.evaluation))
    print_result("")
    print_result(evaluation_result.evaluation.verdict.text)
    print_result(f"gate: {evaluation_result.decision.sentence}")
    if evaluation_result.state == "untrained":
        print_result("no trained model passed: the untrained fallback was evaluated and can be exported")
    print_result(f"report: {evaluation_result.report}")
    write_document(evaluation_result)


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
