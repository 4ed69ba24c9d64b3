"""FastAPI + onnxruntime. The model is loaded as in https://fastapi.tiangolo.com/advanced/events/."""

import os
from contextlib import asynccontextmanager

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel


class Rows(BaseModel):
    features: list[list[float]]


class Prediction(BaseModel):
    prediction: list[int]
    scores: list[list[float]]


models: dict[str, onnxruntime.InferenceSession] = {}


@asynccontextmanager
async def lifespan(app: FastAPI):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    models["loan"] = onnxruntime.InferenceSession(
        os.path.join(os.environ["MODEL_DIR"], "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    yield
    models.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/predict")
async def predict(rows: Rows) -> Prediction:
    features = np.array(rows.features, dtype=np.float32)
    label, probabilities = models["loan"].run(["label", "probabilities"], {"features": features})
    return Prediction(prediction=label.tolist(), scores=probabilities.tolist())
