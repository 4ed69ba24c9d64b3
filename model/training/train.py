"""Trains the example model and writes every file of `model/` that depends on it.

model.onnx, holdout.csv and golden.json are written whole; in contract.json only `provenance` is.
The same versions give the same bytes, so a second run leaves the checkout clean.
Run it with `npm run train`.
"""

import hashlib
import json
import re
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from data import COLUMNS, Applicants, draw_applicants, to_csv
from export import OnnxClassifier, check_same_answers, to_onnx
from golden import answer_requests, golden_features, to_json

MODEL_DIR = Path(__file__).resolve().parent.parent
SEED = 42
TRAINING_ROWS = 20_000
HOLDOUT_ROWS = 3_000
LIBRARIES = ("scikit-learn", "skl2onnx", "onnx", "numpy")


def main() -> None:
    training, holdout = draw_data()
    contract = json.loads(read_contract())

    # One thread: the order in which threads add up numbers would otherwise reach the last bits.
    with threadpool_limits(limits=1):
        classifier = fit_classifier(training)
        baseline = fit_baseline(training)

    model = to_onnx(classifier, features=len(COLUMNS), graph_name=contract["name"])
    onnx_classifier = OnnxClassifier(model)
    rows = np.concatenate([holdout.features, golden_features()])
    tolerance = contract["validation"]["golden"]["tolerance"]
    difference = check_same_answers(onnx_classifier, classifier, rows, tolerance)

    write(MODEL_DIR / "model.onnx", model)
    write(MODEL_DIR / "holdout.csv", to_csv(holdout).encode())
    write(MODEL_DIR / "golden.json", (to_json(answer_requests(onnx_classifier)) + "\n").encode())
    write(MODEL_DIR / "contract.json", with_provenance(read_contract(), training).encode())

    print(accuracy_table(holdout, baseline, onnx_classifier))
    print(f"\nLargest difference between ONNX and scikit-learn: {difference:.1e} in a probability")


def draw_data() -> tuple[Applicants, Applicants]:
    """Training rows and holdout from two independent streams: neither depends on the other's size."""
    for_training, for_holdout = np.random.SeedSequence(SEED).spawn(2)
    training = draw_applicants(TRAINING_ROWS, np.random.default_rng(for_training))
    holdout = draw_applicants(HOLDOUT_ROWS, np.random.default_rng(for_holdout))
    return training, holdout


def fit_classifier(training: Applicants) -> HistGradientBoostingClassifier:
    """Small trees. More income or a better score never lowers the chance of approval."""
    monotonic = {"income": 1, "age": 0, "credit_score": 1}
    classifier = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.15,
        max_leaf_nodes=8,
        min_samples_leaf=50,
        monotonic_cst=[monotonic[column] for column in COLUMNS],
        early_stopping=False,
        random_state=SEED,
    )
    return classifier.fit(training.features, training.approved)


def fit_baseline(training: Applicants) -> ClassifierMixin:
    """What a straight line achieves. Scaling changes only how fast it is found."""
    baseline = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf))
    return baseline.fit(training.features, training.approved)


def accuracy_table(holdout: Applicants, baseline: ClassifierMixin, model: OnnxClassifier) -> str:
    """Accuracies on the holdout as a Markdown table.

    Measured is against the labels in holdout.csv. Expected is over all labels that these rows could
    have had, which takes the luck of the draw out: there nothing can beat the generator's own rule.
    """
    frequent = int(holdout.approved.mean() >= 0.5)
    predictions = {
        "always the more frequent label": np.full(HOLDOUT_ROWS, frequent),
        "logistic regression on the three columns": baseline.predict(holdout.features),
        "the model (model.onnx)": model.predict(holdout.features)[0],
        "the best possible (the generator's own rule)": (holdout.repayment >= 0.5).astype(np.int64),
    }
    lines = ["| rule | measured | standard error | expected |", "| --- | --- | --- | --- |"]
    for rule, predicted in predictions.items():
        measured = float((predicted == holdout.approved).mean())
        error = float(np.sqrt(measured * (1 - measured) / HOLDOUT_ROWS))
        expected = float(np.where(predicted == 1, holdout.repayment, 1 - holdout.repayment).mean())
        lines.append(f"| {rule} | {measured:.4f} | {error:.4f} | {expected:.4f} |")
    return "\n".join(lines)


def read_contract() -> str:
    return (MODEL_DIR / "contract.json").read_text(encoding="utf-8")


def with_provenance(contract: str, training: Applicants) -> str:
    """Brings `provenance` up to date and keeps every other character as it was written by hand."""
    provenance = {
        **json.loads(contract)["provenance"],
        "dataSha256": hashlib.sha256(to_csv(training).encode()).hexdigest(),
        "seed": SEED,
        "libraries": {library: version(library) for library in LIBRARIES},
    }
    block = f'"provenance": {to_json(provenance, "  ")}'
    # The object's closing brace is the first one at its own depth.
    updated, found = re.subn(r'"provenance": \{.*?\n  \}', lambda _: block, contract, flags=re.DOTALL)
    if found != 1:
        raise ValueError(
            'contract.json needs one "provenance": { … } at the top level, indented by two spaces'
        )
    return updated


def write(path: Path, content: bytes) -> None:
    changed = not path.exists() or path.read_bytes() != content
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    print(f"{path.name}: {len(content)} bytes, sha256 {digest}, {'changed' if changed else 'unchanged'}")


if __name__ == "__main__":
    main()
