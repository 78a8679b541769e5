"""TensorFlow without Keras: a SavedModel needs none, and its import costs a second and 90 MB.

TensorFlow imports Keras at the end of its own import and does without it where it is not installed; until then it is
hidden. Whoever imports Keras afterwards gets it.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

_hides = "keras" not in sys.modules and "tensorflow" not in sys.modules
if _hides:
    sys.modules["keras"] = None  # type: ignore[assignment]  # as the import system has it: not to be imported

import tensorflow as tf

if _hides:
    del sys.modules["keras"]

tf.get_logger().setLevel("ERROR")

__all__ = ["tf"]
