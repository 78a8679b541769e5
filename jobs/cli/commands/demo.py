"""The `demo` command: all steps from prices to an answered request."""

from typing import Annotated

import typer

from jobs.cli.commands.serve import addresses, pair_settings, show_addresses
from jobs.cli.failure import until_interrupted
from jobs.cli.json_output import write_document
from jobs.cli.local_pair import Pair
from jobs.cli.options import (
    Csv,
    GrpcPort,
    Host,
    Json,
    Port,
    PredictorGrpcPort,
    PredictorPort,
    Source,
    Splits,
    Symbols,
    Verbose,
)
from jobs.cli.terminal import print_result, print_status, progress_bar
from jobs.pipeline.collect import CollectOptions, collect_packaged, collect_prices, unreachable
from jobs.settings import JobsSettings
from jobs.v2_client import format_forecast, request_forecast
from model.artefact.address import open_registry
from model.contract.errors import TrainingError
from model.endpoint.program import read_settings

_ANSWER_SECONDS = 30.0


def demo(
    symbols: Symbols = None,
    csv: Csv = None,
    source: Source = None,
    split: Splits = None,
    once: Annotated[
        bool, typer.Option("--once", help="Exit after the first forecast instead of serving until Ctrl-C.")
    ] = False,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    predictor_port: PredictorPort = None,
    predictor_grpc_port: PredictorGrpcPort = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Collect prices, train, evaluate, export, serve and request a forecast. Completed steps are skipped."""
    settings = read_settings(JobsSettings)
    served = pair_settings(
        {"host": host, "port": port, "grpc_port": grpc_port},
        {"port": predictor_port, "grpc_port": predictor_grpc_port},
    )
    # Checked first, so that the command does not fail after minutes of training.
    served.check_ports()
    chosen = tuple(dict.fromkeys(symbols or settings.symbols))
    collected = _collect(settings, chosen, CollectOptions(source, csv, tuple(split or ())))
    _make_version(settings, collected)
    with until_interrupted(), Pair(served) as pair:
        print_status("starting predictor and transformer")
        pair.wait_ready()
        answers = [request_forecast(served.url, settings.model_name, symbol, _ANSWER_SECONDS) for symbol in collected]
        for answer in answers:
            print_result("")
            print_result(format_forecast(answer))
        print_result("")
        show_addresses(served, collected[0])
        write_document({"answers": answers, "addresses": addresses(served)})
        if not once:
            print_result("serving until Ctrl-C")
            pair.wait()


def _collect(settings: JobsSettings, symbols: tuple[str, ...], options: CollectOptions) -> tuple[str, ...]:
    with progress_bar(f"collecting {', '.join(symbols)}") as bar:
        outcomes = collect_prices(settings, symbols, options, bar)
    if options.csv is None and options.source is None and all(unreachable(outcome) for outcome in outcomes):
        packaged = collect_packaged(settings)
        print_status(
            f"note: prices of {', '.join(symbols)} could not be downloaded; using {packaged} instead, the "
            "S&P 500 index until 2018 from the package arch"
        )
        return (packaged,)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
        if outcome.collected is not None:
            if outcome.collected.from_store:
                print_status(f"note: {outcome.symbol}: no source returned prices; using the last good download")
            print_result(outcome.collected.quality.to_text())
    return symbols


def _make_version(settings: JobsSettings, symbols: tuple[str, ...]) -> None:
    from jobs.pipeline.candidate import candidate_folder
    from jobs.pipeline.evaluate import NO_CHAMPION, evaluate_candidate
    from jobs.pipeline.export import export_candidate
    from jobs.pipeline.new_version import comparable_champion
    from jobs.pipeline.outcome import read_outcome
    from jobs.pipeline.train import train_candidate

    with progress_bar(f"training on {', '.join(symbols)}") as bar:
        record, trained = train_candidate(
            settings,
            symbols,
            force=False,
            progress=lambda epoch, total, loss: bar(epoch, total, "" if loss is None else f"loss {loss:.4f}"),
        )
    if not trained:
        print_status(f"trained already: candidate {record.version}")
    registry = open_registry(settings.models, settings.model_name)
    try:
        state, _ = read_outcome(candidate_folder(settings.work, settings.model_name), record)
    except TrainingError:
        with progress_bar("evaluating"):
            champion = comparable_champion(registry, registry.current(), symbols)
            outcome = evaluate_candidate(settings, champion=champion or NO_CHAMPION)
        state = outcome.state
        print_result(outcome.evaluation.verdict.text)
        print_result(f"gate: {outcome.decision.sentence}")
        print_result(f"report: {outcome.report}")
    if state == "refused":
        print_status(f"the gate refused the candidate; version {registry.current()} stays current")
        return
    artefact = export_candidate(settings)
    if artefact.manifest.state == "untrained":
        print_status("no trained model passed the gate: serving the untrained fallback (last close, EWMA quantiles)")
