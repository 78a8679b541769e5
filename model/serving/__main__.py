"""The predictor as a program: `python -m model.serving`, set by NEXTCLOSE_PREDICTOR_* variables or KServe's flags."""

from model.endpoint.flags import PREDICTOR_FLAGS
from model.endpoint.program import run
from model.serving.settings import PredictorSettings


def _serve(settings: PredictorSettings) -> None:
    # Seconds of imports, and the SDK's own reading of the command line: only once the settings are right.
    from model.serving.serve import serve_predictor

    serve_predictor(settings)


if __name__ == "__main__":
    run(PredictorSettings, _serve, PREDICTOR_FLAGS)
