"""`doctor`: what this machine and the cluster lack, and what to do about it."""

from collections.abc import Iterator
from typing import Annotated

import typer

from jobs.doctor.finding import Finding, Result, findings_text, healthy
from jobs.doctor.installation import extras_checks, python_check
from jobs.doctor.places import place_checks
from jobs.doctor.ports import port_checks
from jobs.document import give
from jobs.exit_codes import ExitCode
from jobs.options import Json, Verbose
from jobs.settings import JobsSettings, ServiceSettings
from jobs.terminal import progress_bar, show
from model.endpoint.program import read_settings
from model.serving.settings import PredictorSettings
from transformer.settings import TransformerSettings


def doctor(
    cluster: Annotated[bool, typer.Option(help="Look at Kubernetes too, where there is a kubeconfig.")] = True,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Check Python, extras, ports, disk, kubeconfig, KServe and rights, and say what to do. Changes nothing.

    Ends with status 1 where a check failed.
    """
    jobs, service = read_settings(JobsSettings), read_settings(ServiceSettings)
    transformer, predictor = read_settings(TransformerSettings), read_settings(PredictorSettings)
    with progress_bar("looking"):
        findings = [
            python_check(),
            *extras_checks(),
            *port_checks(transformer, predictor),
            *place_checks(jobs),
            *(_kubernetes(service) if cluster else ()),
        ]
    show(findings_text(findings))
    give({"healthy": healthy(findings), "checks": findings})
    if not healthy(findings):
        raise typer.Exit(ExitCode.FAILED)


def _kubernetes(service: ServiceSettings) -> Iterator[Finding]:
    try:
        from jobs.cluster.examination import examine
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "kubernetes":
            raise
        wanted = service.isvc_name is not None
        yield Finding(
            "kubeconfig",
            Result.FAILED if wanted else Result.SKIPPED,
            "the package kubernetes is not installed; promotions here go to the local pointer",
            "pip install '.[jobs]' in a checkout, where versions are promoted on Kubernetes from here",
        )
    else:
        yield from examine(service.isvc_name, service.namespace, service.storage_uri_prefix)
