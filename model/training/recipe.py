"""The recipe: every choice that training makes before it sees data. Equal digests are the same recipe to the gate."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from model.contract import features, levels, window
from model.training.split import SplitRule


@dataclass(frozen=True, slots=True)
class Plan:
    """How weights are moved.

    Attributes:
        learning_rate: of Adam, at the start of a cosine decay to zero over all `epochs`.
        batch: rows a step at most. epochs: at most. patience: epochs without a better validation loss before stopping.
        clip_norm: of each variable's gradient.
    """

    learning_rate: float
    batch: int
    epochs: int
    patience: int
    clip_norm: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyperparameters of a training, with a name for people.

    Attributes:
        name: what reports call it; part of the digest.
        units: of the LSTM.
        scratch: plan of a training from the start. finetune: plan of a training from a former version.
        split: how the sessions are parted.
        shrink_above: validation MASE above which the forecast is put on the last close (lambda 0).
    """

    name: str = "lstm-quantiles"
    units: int = 16
    scratch: Plan = field(default_factory=lambda: Plan(learning_rate=4e-3, batch=512, epochs=10, patience=4))
    finetune: Plan = field(default_factory=lambda: Plan(learning_rate=5e-4, batch=64, epochs=12, patience=5))
    split: SplitRule = field(default_factory=SplitRule)
    shrink_above: float = 1.002

    @property
    def digest(self) -> str:
        """SHA-256 over all fields and the contract's constants, hexadecimal: other features are another recipe."""
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
