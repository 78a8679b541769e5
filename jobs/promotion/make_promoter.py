"""Construction of the promoter: to an InferenceService if the settings name one, otherwise to the local pointer."""

from jobs.promotion.local_target import LocalTarget
from jobs.promotion.promoter import Promoter, Target
from jobs.promotion.smoke_check import smoke_predict
from jobs.settings import JobsSettings, ServiceSettings
from model.artefact.address import open_registry
from model.artefact.registry import Registry
from model.contract.errors import SettingsError
from model.state.folder import StateFolder
from model.state.ledger import Ledger


def make_promoter(settings: JobsSettings, service: ServiceSettings, by: str) -> Promoter:
    """Construct the promoter for the settings.

    Args:
        settings: Location of versions and prices.
        service: Promotion target.
        by: Name of the command, for the ledger.

    Raises:
        SettingsError: An InferenceService is named without the prefix of its storage addresses.
        ClusterError: There is no cluster.
    """
    registry = open_registry(settings.models, settings.model_name)
    return Promoter(
        registry=registry,
        target=_target(registry, service),
        ledger=Ledger(StateFolder(settings.store)),
        by=by,
        verify_deadline=service.verify_deadline,
        poll_seconds=service.poll_seconds,
        smoke=smoke_predict,
    )


def _target(registry: Registry, service: ServiceSettings) -> Target:
    if service.isvc_name is None:
        return LocalTarget(registry, service.service_url)
    if service.storage_uri_prefix is None:
        raise SettingsError(
            "NEXTCLOSE_STORAGE_URI_PREFIX: expected the part of storageUri before the version, e.g. "
            "pvc://claim/models/nextclose, got nothing; it is required if NEXTCLOSE_ISVC_NAME is set"
        )
    # Imported only for clusters: the import is slow, and some installations lack the library.
    from jobs.cluster.api import ServiceApi
    from jobs.promotion.cluster_target import ClusterTarget

    return ClusterTarget(
        api=ServiceApi(service.isvc_name, service.namespace),
        registry=registry,
        prefix=service.storage_uri_prefix,
        service_url=service.service_url,
        deadline=service.rollout_deadline,
        poll_seconds=service.poll_seconds,
    )
