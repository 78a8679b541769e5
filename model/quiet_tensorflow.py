"""TensorFlow and Keras without their log messages; training and serving import them from here.

The environment variables must be set before the first import; values set by the user are kept, except for the Keras
backend. Without oneDNN the import is silent and a small network trains faster: its matrices are too small for oneDNN's
change of layout to pay off.
"""

import os
from contextlib import suppress

with suppress(ImportError):  # only the jobs have it
    # TensorFlow exports the functions of its own libcurl. If curl_cffi is loaded later, it uses them instead of its
    # own, and yfinance fails with "Impersonating chrome is not supported".
    import curl_cffi  # noqa: F401

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
# A keras.json in the user's home directory may select another backend.
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

tf.get_logger().setLevel("ERROR")

__all__ = ["keras", "tf"]
