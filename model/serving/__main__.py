"""Entry point of the predictor, `python -m model.serving`; configured by NEXTCLOSE_PREDICTOR_* variables or flags."""

from model.endpoint.flags import PREDICTOR_FLAGS
from model.endpoint.program import run
from model.serving.predictor_settings import PredictorSettings


def _serve(settings: PredictorSettings) -> None:
    # Imported after the settings are read: imports take seconds, and the KServe SDK parses the command line itself.
    from model.serving.serve import serve_predictor

    serve_predictor(settings)


if __name__ == "__main__":
    run(PredictorSettings, _serve, PREDICTOR_FLAGS)
