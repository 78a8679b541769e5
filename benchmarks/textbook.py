"""The textbook server: what most tutorials deploy, kept as they have it.

FastAPI in one uvicorn process, `keras.Model.predict` of a two-layer LSTM (100 and 50 units) on 60 closes that a
MinMaxScaler scaled, JSON in and out. BENCHMARK_NETWORK names a SavedModel of ours instead: the same server around
this project's network, so that the gain of serving is told apart from that of a smaller network.
"""

import os
from pathlib import Path
from typing import Any

import joblib
import keras
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.preprocessing import MinMaxScaler

app = FastAPI()


class Request(BaseModel):
    """60 closes for each row."""

    closes: list[list[float]]


def _textbook() -> tuple[Any, Any]:
    model = keras.Sequential(
        [
            keras.Input((60, 1)),
            keras.layers.LSTM(100, return_sequences=True),
            keras.layers.LSTM(50),
            keras.layers.Dense(1),
        ]
    )
    scaler = MinMaxScaler().fit(np.array([[1.0], [100.0]]))

    def answer(closes: Any) -> Any:
        scaled = scaler.transform(closes.reshape(-1, 1)).reshape(-1, 60, 1)
        return scaler.inverse_transform(model.predict(scaled, verbose=0))

    return model, answer


def _ours(folder: str) -> tuple[Any, Any]:
    from model.contract.features import prices, window_features
    from model.training.saved_model import load_network

    model = load_network(Path(folder))
    scaler = joblib.load(Path(folder).parent / "scaler.joblib")

    def answer(closes: Any) -> Any:
        features, sigma = window_features(closes)
        scaled = scaler.transform(features.reshape(-1, 3)).reshape(features.shape)
        return prices(closes[:, -1], sigma, model.predict(scaled, verbose=0), 1.0)

    return model, answer


_network = os.environ.get("BENCHMARK_NETWORK")
_model, _answer = _ours(_network) if _network else _textbook()


@app.get("/health")
def health() -> dict[str, bool]:
    """Answers once the model is there."""
    return {"ready": True}


@app.post("/predict")
def predict(request: Request) -> dict[str, Any]:
    """Forecasts the next close of each row."""
    return {"forecast": _answer(np.array(request.closes)).tolist()}
