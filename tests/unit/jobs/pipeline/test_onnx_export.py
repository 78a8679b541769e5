"""The ONNX file of an export: compared with the SavedModel, and refused if the outputs differ."""

from pathlib import Path

import numpy as np
import pytest

from jobs.pipeline import onnx_export
from jobs.pipeline.candidate import candidate_folder, load_forecaster
from jobs.pipeline.export import export_candidate
from jobs.pipeline.onnx_export import comparison_windows, export_onnx
from model.artefact.manifest import ONNX
from model.contract.errors import TrainingError
from model.contract.window import check_windows, sliding_windows
from model.prices.store import PriceStore
from tests.unit.jobs.conftest import TrainedCandidate


def test_version_contains_the_onnx_file_and_its_manifest_lists_it(candidate_copy: TrainedCandidate) -> None:
    artefact = export_candidate(candidate_copy.settings)
    assert ONNX in artefact.manifest.files
    assert {"onnx", "onnxruntime"} <= artefact.manifest.packages.keys()


def test_comparison_uses_stored_windows_then_random_walks(candidate_copy: TrainedCandidate) -> None:
    (symbol,) = PriceStore(candidate_copy.settings.store).symbols()
    series = PriceStore(candidate_copy.settings.store).read(symbol)
    stored = sliding_windows(series.adjusted)
    windows = comparison_windows([series], len(stored) + 500)
    np.testing.assert_array_equal(windows[: len(stored)], stored)
    assert windows.shape == (len(stored) + 500, 60)
    check_windows(windows, allow_jumps=True)
    assert len(comparison_windows([series], 10)) == 10


def test_onnx_file_with_different_outputs_is_refused(
    candidate_copy: TrainedCandidate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = candidate_folder(candidate_copy.settings.work, candidate_copy.settings.model_name)
    forecaster = load_forecaster(folder, 1.0)
    head = forecaster.network.get_layer("head")
    head.bias.assign(head.bias + 0.001)
    monkeypatch.setattr(onnx_export, "WINDOWS", 200)
    (symbol,) = PriceStore(candidate_copy.settings.store).symbols()
    series = PriceStore(candidate_copy.settings.store).read(symbol)
    with pytest.raises(TrainingError, match=r"model\.onnx: expected the outputs of the SavedModel, .* of .* differ"):
        export_onnx(folder, forecaster, [series])
