"""The `report` command: the report of a version, or the comparison of two versions by the gate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.browser import open_page, page_address
from jobs.cli.completion import complete_symbol, complete_version
from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Verbose, VersionOrCurrent
from jobs.cli.terminal import print_result, progress_bar
from jobs.pipeline.version_report import (
    VersionReport,
    check_symbol_in_report,
    open_version,
    reports_folder,
    version_report,
)
from jobs.settings import JobsSettings
from model.contract.errors import SettingsError
from model.endpoint.program import read_settings

if TYPE_CHECKING:
    from jobs.pipeline.compare import ComparedVersions


def report(
    version: VersionOrCurrent = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with this version by the rules of the gate.", autocompletion=complete_version),
    ] = None,
    symbol: Annotated[
        str | None,
        typer.Option("--symbol", "-s", help="Link to this symbol in the report.", autocompletion=complete_symbol),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File for the comparison.", dir_okay=False, show_default="reports/ in the work folder"),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the report in a browser.")] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Print the path of a version's report. With --against, compare two versions.

    The comparison applies the gate to VERSION as the challenger and to the other version as the champion, on the
    evaluation prices of VERSION. Reports are HTML files that need no server.
    """
    settings = read_settings(JobsSettings)
    if against is None and out is not None:
        raise SettingsError("--out: expected together with --against VERSION; only a comparison is written to a file")
    found = version_report(settings, version) if against is None else _compared(settings, version, against, out)
    if symbol is not None:
        check_symbol_in_report(symbol, _symbols(found), version or _name(found))
    address = page_address(found.page, None if symbol is None else f"symbol-{symbol}")
    if not isinstance(found, VersionReport):
        print_result(found.compared.decision.sentence)
    print_result(str(found.page) if symbol is None else address)
    if open_it:
        open_page(address)
    write_document({**found.to_dict(), "address": address})


def _compared(settings: JobsSettings, version: str | None, against: str, out: Path | None) -> "ComparedVersions":
    from jobs.pipeline.compare import compare_versions

    chosen = version or open_version(settings, None).version
    page = out or reports_folder(settings) / f"{chosen}-against-{against}.html"
    with progress_bar(f"comparing {chosen} with {against}"):
        return compare_versions(settings, chosen, against, page.absolute())


def _name(found: "VersionReport | ComparedVersions") -> str:
    return found.version if isinstance(found, VersionReport) else found.challenger


def _symbols(found: "VersionReport | ComparedVersions") -> list[str]:
    if isinstance(found, VersionReport):
        return list(found.metrics["symbols"])
    return list(found.compared.challenger.by_symbol)
