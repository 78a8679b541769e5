"""`demo`: the whole way from prices to an answered request, in one command."""

from typing import Annotated

import typer

from jobs.commands.serve import addresses, pair_settings, show_addresses
from jobs.document import give
from jobs.failure import until_interrupted
from jobs.options import (
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
from jobs.pair import Pair
from jobs.settings import JobsSettings
from jobs.steps.collect import CollectOptions, collect_packaged, collect_prices, unreachable
from jobs.terminal import progress_bar, show, tell
from jobs.v2_client import answer_text, ask
from model.artefact.address import registry_at
from model.artefact.registry import Registry
from model.contract.errors import NextcloseError, TrainingError
from model.endpoint.program import read_settings

_ANSWER_SECONDS = 30.0


def demo(
    symbols: Symbols = None,
    csv: Csv = None,
    source: Source = None,
    split: Splits = None,
    once: Annotated[bool, typer.Option("--once", help="Exit after the first answer.")] = False,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    predictor_port: PredictorPort = None,
    predictor_grpc_port: PredictorGrpcPort = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Collect, train, evaluate, export, serve and ask. What was done before is not done again."""
    settings = read_settings(JobsSettings)
    served = pair_settings(
        {"host": host, "port": port, "grpc_port": grpc_port},
        {"port": predictor_port, "grpc_port": predictor_grpc_port},
    )
    # Before minutes are spent: a port that is taken then is most likely taken now.
    served.check_ports()
    wanted = tuple(dict.fromkeys(symbols or settings.symbols))
    collected = _collect(settings, wanted, CollectOptions(source, csv, tuple(split or ())))
    _version(settings, collected)
    with until_interrupted(), Pair(served) as pair:
        tell("starting predictor and transformer")
        pair.wait_ready()
        answers = [ask(served.url, settings.model_name, symbol, _ANSWER_SECONDS) for symbol in collected]
        for answer in answers:
            show("")
            show(answer_text(answer))
        show("")
        show_addresses(served, collected[0])
        give({"answers": answers, "addresses": addresses(served)})
        if not once:
            show("serving until Ctrl-C")
            pair.wait()


def _collect(settings: JobsSettings, symbols: tuple[str, ...], options: CollectOptions) -> tuple[str, ...]:
    with progress_bar(f"collecting {', '.join(symbols)}") as bar:
        outcomes = collect_prices(settings, symbols, options, bar)
    if options.csv is None and options.source is None and all(unreachable(outcome) for outcome in outcomes):
        packaged = collect_packaged(settings)
        tell(
            f"note: prices of {', '.join(symbols)} could not be downloaded; going on with {packaged}, the S&P 500 "
            "index until 2018 that the package arch ships"
        )
        return (packaged,)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
        if outcome.collected is not None:
            if outcome.collected.from_store:
                tell(f"note: {outcome.symbol}: no source gave prices, the last good download stands in")
            show(outcome.collected.quality.to_text())
    return symbols


def _version(settings: JobsSettings, symbols: tuple[str, ...]) -> None:
    from jobs.candidate import candidate_folder
    from jobs.steps.evaluate import evaluate_candidate
    from jobs.steps.export import export_candidate
    from jobs.steps.outcome import read_outcome
    from jobs.steps.train import train_candidate

    with progress_bar(f"training on {', '.join(symbols)}") as bar:
        record, trained = train_candidate(
            settings,
            symbols,
            again=False,
            progress=lambda epoch, total, loss: bar(epoch, total, "" if loss is None else f"loss {loss:.4f}"),
        )
    if not trained:
        tell(f"trained before: candidate {record.version}")
    registry = registry_at(settings.models, settings.model_name)
    try:
        state, _ = read_outcome(candidate_folder(settings.work, settings.model_name), record)
    except TrainingError:
        with progress_bar("evaluating"):
            outcome = evaluate_candidate(settings, champion=_champion(registry, symbols))
        state = outcome.state
        show(outcome.evaluation.verdict.text)
        show(f"gate: {outcome.decision.sentence}")
        show(f"report: {outcome.report}")
    if state == "refused":
        tell(f"the gate refused the candidate; version {registry.current()} stays")
        return
    artefact = export_candidate(settings)
    if artefact.manifest.state == "untrained":
        tell("no trained model passed the gate: the state before training is served (last close, EWMA quantiles)")


def _champion(registry: Registry, symbols: tuple[str, ...]) -> str:
    """The current version, where it was made for the same symbols; else there is nothing to compare with."""
    current = registry.current()
    try:
        same = current is not None and set(registry.open(current).manifest.symbols) == set(symbols)
    except NextcloseError:
        same = False  # a version that cannot be opened cannot be served either
    return current if current is not None and same else "none"
