"""The predictor as a program: `python -m model.serving`, set by NEXTCLOSE_PREDICTOR_* variables."""

from model.endpoint.program import run
from model.serving.serve import serve_predictor
from model.serving.settings import PredictorSettings

if __name__ == "__main__":
    run(PredictorSettings, serve_predictor)
