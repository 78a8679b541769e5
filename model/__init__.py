"""nextclose: daily price forecasts with honest intervals, served on KServe.

Data flows through the subpackages in this order: `prices` -> `training` -> `evaluation` -> `artefact` -> `serving`.
`contract` contains the definitions that training and serving share.
"""

__version__ = "0.1.0"
