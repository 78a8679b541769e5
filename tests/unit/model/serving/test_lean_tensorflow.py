"""TensorFlow without Keras: a SavedModel is loaded and run, and Keras can be imported later."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from model.training.network import build_network, set_initial_quantiles
from model.training.saved_model import save

SCRIPT = """
import sys
import numpy as np
from pathlib import Path
from model.serving.tensorflow_runtime import TensorFlowRuntime
runtime = TensorFlowRuntime(Path(sys.argv[1]), (1,), xla=False)
runtime.warm()
assert "keras" not in sys.modules and "pandas" not in sys.modules, "Keras was imported"
answer = runtime.run(np.zeros((1, 59, 3), np.float32))
import keras
print(*answer[0], keras.__version__ != "")
"""


def test_saved_model_runs_without_keras(tmp_path: Path) -> None:
    network = build_network(2, seed=0)
    set_initial_quantiles(network, np.array([-1.6, -1.2, -0.6, 0.0, 0.7, 1.3, 1.9]))
    save(network, tmp_path / "saved")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "saved")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *answer, keras_imported = done.stdout.split()
    np.testing.assert_allclose([float(part) for part in answer], [-1.6, -1.2, -0.6, 0.0, 0.7, 1.3, 1.9], atol=1e-5)
    assert keras_imported == "True"
