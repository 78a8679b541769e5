"""The Open Inference Protocol (V2) on the wire: strict reading and writing, the same for predictor and transformer.

The SDK's own codec answers several mistakes of a sender with an internal error, and it copies tensors through Python
lists. This one reads into numpy arrays, and every mistake is an `InvalidInputError` that names the field.
"""
