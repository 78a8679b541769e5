"""nextclose: daily price forecasts with honest intervals, served on KServe.

The folders of this package show the way of the data: `prices` -> `training` -> `evaluation` -> `artefact` -> `serving`.
`contract` holds what training and serving must agree on.
"""

__version__ = "0.1.0"
