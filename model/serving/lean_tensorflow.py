"""Import of TensorFlow without Keras, which takes a second and 90 MB and is not needed to run a SavedModel.

The import of TensorFlow ends with an import of Keras, which is skipped if Keras is not installed. This module hides
Keras during that import only, so later imports of Keras work.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

_hide_keras = "keras" not in sys.modules and "tensorflow" not in sys.modules
if _hide_keras:
    sys.modules["keras"] = None  # type: ignore[assignment]  # the import system then raises ImportError

import tensorflow as tf

if _hide_keras:
    del sys.modules["keras"]

tf.get_logger().setLevel("ERROR")

__all__ = ["tf"]
