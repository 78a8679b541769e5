"""The `doctor` command: check the installation, this machine and the cluster."""

from collections.abc import Iterator
from typing import Annotated

import typer

from jobs.cli.exit_codes import ExitCode
from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Verbose
from jobs.cli.terminal import print_result, progress_bar
from jobs.doctor.check_result import CheckResult, CheckStatus, healthy, results_text
from jobs.doctor.installation import extras_checks, python_check
from jobs.doctor.places import storage_checks
from jobs.doctor.ports import port_checks
from jobs.settings import JobsSettings, ServiceSettings
from model.endpoint.program import read_settings
from model.serving.predictor_settings import PredictorSettings
from transformer.settings import TransformerSettings


# The parameters `json` and `verbose` are not used here: the callbacks of their options set the state of the command.
def doctor(
    cluster: Annotated[bool, typer.Option(help="Also check Kubernetes if there is a kubeconfig.")] = True,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Check Python, extras, ports, disk, kubeconfig, KServe and permissions. Changes nothing.

    Every failed check names its fix. The exit status is 1 if a check failed.
    """
    jobs_settings, service_settings = read_settings(JobsSettings), read_settings(ServiceSettings)
    transformer_settings, predictor_settings = read_settings(TransformerSettings), read_settings(PredictorSettings)
    with progress_bar("checking"):
        results = [
            python_check(),
            *extras_checks(),
            *port_checks(transformer_settings, predictor_settings),
            *storage_checks(jobs_settings),
            *(_cluster_checks(service_settings) if cluster else ()),
        ]
    print_result(results_text(results))
    write_document({"healthy": healthy(results), "checks": results})
    if not healthy(results):
        raise typer.Exit(ExitCode.FAILED)


def _cluster_checks(settings: ServiceSettings) -> Iterator[CheckResult]:
    try:
        from jobs.doctor.cluster_checks import check_cluster
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "kubernetes":
            raise
        required = settings.isvc_name is not None
        yield CheckResult(
            "kubeconfig",
            CheckStatus.FAILED if required else CheckStatus.SKIPPED,
            "the package kubernetes is not installed; promotions from this machine change the local pointer",
            "to promote versions on Kubernetes from this machine, run pip install '.[jobs]' in a checkout",
        )
    else:
        yield from check_cluster(settings.isvc_name, settings.namespace, settings.storage_uri_prefix)
