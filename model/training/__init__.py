"""Training: data sets, the network and its fit. Only this package and `model.serving` import TensorFlow."""
