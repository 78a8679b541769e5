"""Publishes a copy of the served version with a fault, and prints its name. Runs in a Job of the release.

Faults:
    none: No fault.
    corrupt: A byte of the network changes after the publication.
    golden: The golden answers differ from those that the network computes.
    shape: The output of the network has the wrong shape.
    batch: The network accepts only four rows, the number of golden windows.
"""

import json
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from model.artefact.address import open_registry
from model.contract.version import version_name
from model.quiet_tensorflow import tf

fault = sys.argv[1]
registry = open_registry(os.environ["NEXTCLOSE_MODELS"], "nextclose")
served = registry.open(registry.current() or "")


def network(folder: Path, rows: int | None, outputs: int) -> None:
    """Write a SavedModel that wraps the served one, with a fixed number of rows and outputs."""
    module = tf.Module()
    module.inner = tf.saved_model.load(str(served.folder / "saved_model"))
    spec = tf.TensorSpec((rows, 59, 3), tf.float32, name="features")

    @tf.function(input_signature=[spec])
    def call(features: tf.Tensor) -> dict[str, tf.Tensor]:
        answer = module.inner.signatures["serving_default"](features=features)["quantiles"]
        return {"quantiles": tf.ensure_shape(answer[:, :outputs], (rows, outputs))}

    tf.saved_model.save(module, str(folder), signatures={"serving_default": call})


def fill(folder: Path) -> None:
    """Write the files of the new version."""
    shutil.copytree(served.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("manifest.json"))
    if fault == "golden":
        golden = json.loads((folder / "golden.json").read_text())
        golden["forecast"] = [value * 1.01 for value in golden["forecast"]]
        (folder / "golden.json").write_text(json.dumps(golden))
    if fault in {"shape", "batch"}:
        shutil.rmtree(folder / "saved_model")
        network(folder / "saved_model", *((None, 3) if fault == "shape" else (4, 7)))


created = datetime.now(UTC).replace(microsecond=0)
name = version_name(created, os.urandom(4).hex())
registry.publish(
    fill,
    lambda files: served.manifest.model_copy(update={"version": name, "created": created, "files": files}),
)
if fault == "corrupt":
    victim = Path(registry.address) / name / "saved_model" / "variables" / "variables.data-00000-of-00001"
    raw = bytearray(victim.read_bytes())
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(raw)
sys.stdout.write(name + "\n")
