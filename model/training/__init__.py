"""Training: data sets, the network, the fit. TensorFlow is imported here and in `model.serving` only."""
