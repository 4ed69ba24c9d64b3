"""BentoML with its adaptive batching: https://docs.bentoml.com/en/latest/get-started/adaptive-batching.html."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service(logging={"access": {"enabled": False}})
class Loan:
    def __init__(self) -> None:
        self.model = joblib.load(os.path.join(os.environ["MODEL_DIR"], "model.joblib"))

    @bentoml.api(batchable=True)
    def predict(self, features: np.ndarray) -> np.ndarray:
        """A row of label and probabilities for each row: a batch is split again by rows of one array."""
        return np.column_stack([self.model.predict(features), self.model.predict_proba(features)])
