"""A real S3 server (moto) in a separate process, which can be paused so that it does not answer."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from s3fs import S3FileSystem

from tests.serving.processes import free_ports, wait_until

REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The server. It accepts any credentials, except within `guarded`."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables for access to the server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def client(self) -> Any:
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        return boto3.client("s3", endpoint_url=self.url, region_name=REGION, **keys)

    def make_bucket(self) -> str:
        """Create a bucket and return its name. Uses boto3: s3fs fails on the location constraint of this region."""
        name = f"bucket-{uuid.uuid4().hex[:8]}"
        self.client.create_bucket(Bucket=name)
        return name

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Refuse all credentials within the block."""
        self._allow_without_rights("0")
        try:
            yield
        finally:
            self._allow_without_rights("inf")

    def _allow_without_rights(self, requests: str) -> None:
        headers = {"Content-Type": "text/plain"}
        answer = httpx.post(f"{self.url}/moto-api/reset-auth", content=requests, headers=headers, trust_env=False)
        assert json.loads(answer.text)["status"] == "ok", answer.text

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Accept connections but answer no request within the block."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """One server for all tests; each test creates its own bucket."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    log = tmp_path_factory.mktemp("object-store") / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return httpx.get(f"{url}/moto-api/data.json", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_until(answers, "the S3 server answers", 60)
        yield ObjectStore(url, process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def s3_address(object_store: ObjectStore, s3_variables: pytest.MonkeyPatch) -> str:
    """An address in an empty bucket, with the environment variables for access by this process and its children."""
    for name, value in object_store.variables.items():
        s3_variables.setenv(name, value)
    return f"s3://{object_store.make_bucket()}/nextclose"


@pytest.fixture
def s3_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment without S3 variables. Cached file systems are dropped, because they keep the old variables."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(Path(os.devnull)))
    S3FileSystem.clear_instance_cache()
    yield monkeypatch
    S3FileSystem.clear_instance_cache()
