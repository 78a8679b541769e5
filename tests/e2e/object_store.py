"""The S3 server of the cluster: Service `s3` in the namespace `object-store`. It must accept any credentials."""

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
    """A bucket for one test. It does not exist before `make`."""

    name: str
    client: Any

    @property
    def address(self) -> str:
        return f"s3://{self.name}/forecasts"

    def make(self) -> None:
        self.client.create_bucket(Bucket=self.name)

    def names(self) -> set[str]:
        """List the names of all objects, relative to the address."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {one["Key"].removeprefix("forecasts/") for one in found}

    def empty(self) -> None:
        for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", []):
            self.client.delete_object(Bucket=self.name, Key=one["Key"])


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Choose a unique bucket name. The bucket and its objects are deleted at the end of the `with` block."""
    if attempt("kubectl", "--namespace", NAMESPACE, "get", "service", "s3").returncode != 0:
        pytest.skip(f"no S3 server: expected a Service s3 in the namespace {NAMESPACE}")
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
    """Make values of a release that stores versions and prices in a bucket."""
    server = {"address": store.address, "endpoint": f"http://{HOST}", "region": REGION, "existingSecret": secret}
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}}]
    policy = {"objectStore": peers, "objectStorePorts": [9000]}
    return values_of(topology, storage={"s3": server}, networkPolicy=policy, **more)


def give_secret(namespace: Namespace, name: str) -> None:
    """Create the Secret with the credentials, and with the server's address for the storage initializer of KServe."""
    literals = [f"--from-literal={key}={value}" for key, value in KEYS.items()]
    namespace.kubectl("create", "secret", "generic", name, *literals)
    annotations = {"s3-endpoint": HOST, "s3-usehttps": "0", "s3-region": REGION}
    namespace.kubectl(
        "annotate", "secret", name, *(f"serving.kserve.io/{key}={value}" for key, value in annotations.items())
    )
