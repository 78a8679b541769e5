"""TensorFlow and Keras, imported by training and serving so that nothing but our own messages reaches the terminal.

The variables must stand before the first import; what the user has set already stays. Without oneDNN the import is
silent, and a network as small as ours trains faster: its matrices are too small to be worth another layout.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
# A keras.json in the user's home may name another backend.
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

tf.get_logger().setLevel("ERROR")

__all__ = ["keras", "tf"]
