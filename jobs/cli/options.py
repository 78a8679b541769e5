"""Options that several commands share, with their help texts."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.completion import complete_symbol, complete_version
from jobs.cli.state import set_json, set_verbose

Symbols = Annotated[
    list[str] | None,
    typer.Option(
        "--symbol",
        "-s",
        help="Symbol in Yahoo Finance notation; can be repeated.",
        show_default="PETR4.SA",
        autocompletion=complete_symbol,
    ),
]
Symbol = Annotated[
    str | None,
    typer.Option(
        "--symbol", "-s", help="Symbol in the price store.", show_default="PETR4.SA", autocompletion=complete_symbol
    ),
]
Version = Annotated[str, typer.Argument(help="Name of a version.", autocompletion=complete_version)]
VersionOrCurrent = Annotated[
    str | None,
    typer.Argument(help="Name of a version.", show_default="the current version", autocompletion=complete_version),
]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", help="CSV file with your own prices; requires the columns Date and Close.", dir_okay=False),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source", help="Use only this source: yahoo, alphavantage, store (the last good download), csv, arch."
    ),
]
Splits = Annotated[
    list[str] | None,
    typer.Option("--split", help="Confirm a stock split, e.g. 2024-04-16:2 (2 new shares for 1 old); can be repeated."),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", help="Replace stored prices even if the new ones have fewer rows or a different history."
    ),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", help="Show debug logs, and the traceback of an error.", callback=set_verbose),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Write one JSON document to standard output; all other output goes to standard error.",
        callback=set_json,
        is_eager=True,
    ),
]
Url = Annotated[str, typer.Option("--url", envvar="NEXTCLOSE_URL", help="HTTP address of the service.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option("--port", help="HTTP port.", show_default="8080", min=1, max=65535)]
GrpcPort = Annotated[int | None, typer.Option("--grpc-port", help="gRPC port.", show_default="8081", min=1, max=65535)]
PredictorPort = Annotated[
    int | None,
    typer.Option("--predictor-port", help="The predictor's HTTP port.", show_default="8090", min=1, max=65535),
]
PredictorGrpcPort = Annotated[
    int | None,
    typer.Option("--predictor-grpc-port", help="The predictor's gRPC port.", show_default="8091", min=1, max=65535),
]
