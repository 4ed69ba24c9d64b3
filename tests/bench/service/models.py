"""Trains the models of `npm run bench:service`: `models.py FOLDER`.

Each over the three columns of the example model. For each a folder with model.joblib for Python's servers,
model.onnx for the others, and requests.json: rows to ask for, with their labels.
"""

import json
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.append(str(Path(__file__).resolve().parent.parent.parent.parent / "model" / "training"))
from data import draw_applicants
from export import OnnxClassifier, check_same_answers, to_onnx

TRAINING_ROWS = 20_000
REQUESTS = 16
ROWS_PER_REQUEST = 32
# So far from even odds that no rounding turns a label.
MARGIN = 0.02

MODELS: dict[str, ClassifierMixin] = {
    # Copes with columns that nobody scaled.
    "logistic": LogisticRegression(solver="newton-cholesky"),
    "trees": HistGradientBoostingClassifier(max_iter=200, early_stopping=False, random_state=42),
    # 3 -> 707 -> 707 -> 1: 504,092 weights. How well it predicts is of no matter here.
    "mlp": make_pipeline(
        StandardScaler(), MLPClassifier((707, 707), batch_size=1000, max_iter=2, random_state=42)
    ),
}


def main(folder: Path) -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    training = draw_applicants(TRAINING_ROWS, np.random.default_rng(42))
    candidates = draw_applicants(2000, np.random.default_rng(43)).features
    for name, classifier in MODELS.items():
        classifier.fit(training.features, training.approved)
        model = to_onnx(classifier, candidates.shape[1], name)
        check_same_answers(OnnxClassifier(model), classifier, rows := clear_rows(classifier, candidates), 1e-4)

        (folder / name).mkdir(parents=True)
        joblib.dump(classifier, folder / name / "model.joblib")
        (folder / name / "model.onnx").write_bytes(model)
        labels = classifier.predict(rows)
        requests = [
            {"rows": rows[at].astype(int).tolist(), "labels": labels[at].tolist()}
            for at in np.split(np.arange(len(rows)), REQUESTS)
        ]
        (folder / name / "requests.json").write_text(json.dumps(requests))


def clear_rows(classifier: ClassifierMixin, candidates: np.ndarray) -> np.ndarray:
    probability = classifier.predict_proba(candidates)[:, 1]
    return candidates[np.abs(probability - 0.5) > MARGIN][: REQUESTS * ROWS_PER_REQUEST]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
