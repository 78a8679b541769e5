"""The S3 server of the cluster, `s3` in the namespace `object-store`, where there is one; any credentials are good."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import boto3
import pytest

from tests.e2e.kube import Namespace, attempt
from tests.e2e.release import values_of

NAMESPACE: Final = "object-store"
HOST: Final = f"s3.{NAMESPACE}.svc.cluster.local:9000"
REGION: Final = "us-east-1"
KEYS: Final = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of a test's own, that is not there before `make`."""

    name: str
    client: Any

    @property
    def address(self) -> str:
        return f"s3://{self.name}/forecasts"

    def make(self) -> None:
        self.client.create_bucket(Bucket=self.name)

    def names(self) -> set[str]:
        """Of all objects, from the address."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {one["Key"].removeprefix("forecasts/") for one in found}

    def empty(self) -> None:
        for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", []):
            self.client.delete_object(Bucket=self.name, Key=one["Key"])


@contextmanager
def bucket() -> Iterator[Bucket]:
    """One that nobody else uses; what was put into it is removed."""
    if attempt("kubectl", "--namespace", NAMESPACE, "get", "service", "s3").returncode != 0:
        pytest.skip(f"no S3 server: a Service s3 in the namespace {NAMESPACE}")
    with Namespace(NAMESPACE).forwarded("service/s3", 9000) as (address,):
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{address}",
            region_name=REGION,
            **{name.lower(): value for name, value in KEYS.items()},
        )
        made = Bucket(f"e2e-{uuid4().hex[:8]}", client)
        try:
            yield made
        finally:
            if made.name in {one["Name"] for one in client.list_buckets()["Buckets"]}:
                made.empty()
                client.delete_bucket(Bucket=made.name)


def s3_values(topology: str, store: Bucket, secret: str, **more: Any) -> dict[str, Any]:
    """Values of a release whose versions and prices lie in a bucket."""
    server = {"address": store.address, "endpoint": f"http://{HOST}", "region": REGION, "existingSecret": secret}
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}}]
    policy = {"objectStore": peers, "objectStorePorts": [9000]}
    return values_of(topology, storage={"s3": server}, networkPolicy=policy, **more)


def give_secret(place: Namespace, name: str) -> None:
    """The credentials, and for KServe's download the server."""
    literals = [f"--from-literal={key}={value}" for key, value in KEYS.items()]
    place.kubectl("create", "secret", "generic", name, *literals)
    annotations = {"s3-endpoint": HOST, "s3-usehttps": "0", "s3-region": REGION}
    place.kubectl(
        "annotate", "secret", name, *(f"serving.kserve.io/{key}={value}" for key, value in annotations.items())
    )
