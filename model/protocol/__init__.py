"""Codec of the Open Inference Protocol (V2), shared by predictor and transformer.

The codec of the KServe SDK answers several invalid requests with an internal error and copies tensors through Python
lists. This codec reads into numpy arrays and raises an `InvalidInputError` that names the invalid field.
"""
