"""The `doctor` command: check the installation, this machine and the cluster."""

from collections.abc import Iterator
from typing import Annotated

import typer

from jobs.cli.exit_codes import ExitCode
from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Verbose
from jobs.cli.terminal import print_result, progress_bar
from jobs.doctor.finding import CheckResult, Finding, findings_text, healthy
from jobs.doctor.installation import extras_checks, python_check
from jobs.doctor.places import storage_checks
from jobs.doctor.ports import port_checks
from jobs.settings import JobsSettings, ServiceSettings
from model.endpoint.program import read_settings
from model.serving.predictor_settings import PredictorSettings
from transformer.settings import TransformerSettings


def doctor(
    cluster: Annotated[bool, typer.Option(help="Also check Kubernetes if there is a kubeconfig.")] = True,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Check Python, extras, ports, disk, kubeconfig, KServe and permissions. Changes nothing.

    Every failed check names its fix. The exit status is 1 if a check failed.
    """
    jobs, service = read_settings(JobsSettings), read_settings(ServiceSettings)
    transformer, predictor = read_settings(TransformerSettings), read_settings(PredictorSettings)
    with progress_bar("checking"):
        findings = [
            python_check(),
            *extras_checks(),
            *port_checks(transformer, predictor),
            *storage_checks(jobs),
            *(_kubernetes(service) if cluster else ()),
        ]
    print_result(findings_text(findings))
    write_document({"healthy": healthy(findings), "checks": findings})
    if not healthy(findings):
        raise typer.Exit(ExitCode.FAILED)


def _kubernetes(service: ServiceSettings) -> Iterator[Finding]:
    try:
        from jobs.doctor.cluster_checks import check_cluster
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "kubernetes":
            raise
        required = service.isvc_name is not None
        yield Finding(
            "kubeconfig",
            CheckResult.FAILED if required else CheckResult.SKIPPED,
            "the package kubernetes is not installed; promotions from this machine change the local pointer",
            "to promote versions on Kubernetes from this machine, run pip install '.[jobs]' in a checkout",
        )
    else:
        yield from check_cluster(service.isvc_name, service.namespace, service.storage_uri_prefix)
