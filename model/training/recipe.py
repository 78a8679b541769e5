"""The recipe: all hyperparameters of a training. The gate treats recipes with equal digests as the same."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from model.contract import features, levels, window
from model.training.data_split import SplitRule


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Settings of the optimisation.

    Attributes:
        learning_rate: Initial learning rate of Adam, with a cosine decay to zero over all `epochs`.
        batch: Maximum number of rows per step.
        epochs: Maximum number of epochs.
        patience: Epochs without a better validation loss before the training stops.
        clip_norm: Maximum norm of each variable's gradient.
    """

    learning_rate: float
    batch: int
    epochs: int
    patience: int
    clip_norm: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyperparameters of a training.

    Attributes:
        name: Name in reports; part of the digest.
        units: Number of units of the LSTM.
        scratch: Plan of a training from scratch.
        finetune: Plan of a fine-tuning of a former version.
        split: Split of the sessions into training, validation and gate.
        shrink_above: Validation MASE above which the point forecast is the last close (lambda 0).
    """

    name: str = "lstm-quantiles"
    units: int = 16
    scratch: FitSettings = field(default=FitSettings(learning_rate=4e-3, batch=512, epochs=10, patience=4))
    finetune: FitSettings = field(default=FitSettings(learning_rate=5e-4, batch=64, epochs=12, patience=5))
    split: SplitRule = field(default_factory=SplitRule)
    shrink_above: float = 1.002

    @property
    def digest(self) -> str:
        """SHA-256 of all fields and of the contract's constants, hexadecimal.

        The constants are included because a network with other features is not comparable.
        """
        content = {"recipe": asdict(self), "contract": _CONTRACT}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


_CONTRACT = {
    "window": window.WINDOW,
    "channels": features.CHANNELS,
    "clip": features.CLIP,
    "target_clip": features.TARGET_CLIP,
    "ewma_decay": features.EWMA_DECAY,
    "sigma_floor": features.SIGMA_FLOOR,
    "levels": list(levels.LEVELS),
}
