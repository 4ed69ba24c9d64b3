"""FastAPI + scikit-learn. The model is loaded as in https://fastapi.tiangolo.com/advanced/events/."""

import os
from contextlib import asynccontextmanager
from typing import Any

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel


class Rows(BaseModel):
    features: list[list[float]]


class Prediction(BaseModel):
    prediction: list[int]
    scores: list[list[float]]


models: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(app: FastAPI):
    models["loan"] = joblib.load(os.path.join(os.environ["MODEL_DIR"], "model.joblib"))
    yield
    models.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/predict")
async def predict(rows: Rows) -> Prediction:
    features = np.array(rows.features)
    model = models["loan"]
    return Prediction(
        prediction=model.predict(features).tolist(), scores=model.predict_proba(features).tolist()
    )
