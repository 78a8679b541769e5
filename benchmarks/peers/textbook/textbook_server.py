"""The textbook server, as most tutorials deploy it.

FastAPI in one uvicorn process, `keras.Model.predict` of a two-layer LSTM (100 and 50 units) on 60 closes that a
MinMaxScaler scaled, JSON in and out.
"""

from typing import Any

import keras
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.preprocessing import MinMaxScaler

app = FastAPI()
_model = keras.Sequential(
    [
        keras.Input((60, 1)),
        keras.layers.LSTM(100, return_sequences=True),
        keras.layers.LSTM(50),
        keras.layers.Dense(1),
    ]
)
_scaler = MinMaxScaler().fit(np.array([[1.0], [100.0]]))


class Request(BaseModel):
    """Rows of 60 closes."""

    closes: list[list[float]]


@app.get("/health")
def health() -> dict[str, bool]:
    """Report that the model is loaded."""
    return {"ready": True}


@app.post("/predict")
def predict(request: Request) -> dict[str, Any]:
    """Forecast the next close of each row."""
    closes = np.array(request.closes)
    scaled = _scaler.transform(closes.reshape(-1, 1)).reshape(-1, 60, 1)
    return {"forecast": _scaler.inverse_transform(_model.predict(scaled, verbose=0)).tolist()}
