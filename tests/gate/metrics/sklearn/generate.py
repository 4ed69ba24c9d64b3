"""Writes expected.jsonl: on each line drawn answers, and what scikit-learn says of them.

    python3 -m venv /tmp/sklearn && /tmp/sklearn/bin/pip install -r tests/gate/metrics/sklearn/requirements.txt
    /tmp/sklearn/bin/python tests/gate/metrics/sklearn/generate.py

The same bytes each time. scikit-learn has no expected calibration error: numpy computes it from its definition (Guo et
al., "On calibration of modern neural networks", 2017). scipy computes Wilson's intervals.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics as sk

rng = np.random.default_rng(11)


def calibration_error(labels, scores):
    top = scores.argmax(axis=1)
    confidence = scores[np.arange(len(labels)), top]
    right = top == labels
    error = 0.0
    for b in range(10):
        inside = (confidence > b / 10) & (confidence <= (b + 1) / 10)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def roc_auc(labels, scores):
    if scores.shape[1] == 2:
        return sk.roc_auc_score(labels, scores[:, 1])
    mean = np.mean([sk.roc_auc_score(labels == k, scores[:, k]) for k in range(scores.shape[1])])
    # scikit-learn itself takes such scores only if they add up to 1.
    if np.allclose(scores.sum(axis=1), 1):
        assert abs(mean - sk.roc_auc_score(labels, scores, multi_class="ovr")) < 1e-15
    return mean


def classification(name, labels, predictions, scores=None, classes=2):
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    # -1 is a label that is none of the classes, and takes part in no mean over them.
    present = sorted({*labels.tolist(), *predictions.tolist()} - {-1})
    mean = {"average": "macro", "labels": [1] if classes == 2 else present, "zero_division": 0}
    ratios = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
    found = {
        "accuracy": sk.accuracy_score(labels, predictions),
        "balancedAccuracy": sk.balanced_accuracy_score(labels, predictions),
        **{key: ratio(labels, predictions, **mean) for key, ratio in ratios.items()},
    }
    if scores is not None:
        if len(set(labels.tolist())) == classes:
            found["rocAuc"] = roc_auc(labels, scores)
        found["logLoss"] = sk.log_loss(labels, scores, labels=range(classes))
        found["calibrationError"] = calibration_error(labels, scores)
    by_class = {
        key: [float(ratio(labels, predictions, average=None, labels=[k], zero_division=0)[0]) for k in range(classes)]
        for key, ratio in ratios.items()
    }
    right = int((labels == predictions).sum())
    wilson = binomtest(right, len(labels)).proportion_ci(method="wilson")
    return {
        "name": name,
        "task": "classification",
        "classes": [str(k) for k in range(classes)],
        "labels": labels.tolist(),
        "predictions": predictions.tolist(),
        **({} if scores is None else {"scores": scores.ravel().tolist()}),
        "metrics": {key: float(value) for key, value in found.items()},
        "byClass": by_class,
        "accuracyInterval": [float(wilson.low), float(wilson.high)],
    }


def regression(name, targets, predictions):
    return {
        "name": name,
        "task": "regression",
        "targets": targets.tolist(),
        "predictions": predictions.tolist(),
        "metrics": {
            "mae": float(sk.mean_absolute_error(targets, predictions)),
            "rmse": float(sk.root_mean_squared_error(targets, predictions)),
            "r2": float(sk.r2_score(targets, predictions)),
        },
    }


def softmax(values):
    exponentials = np.exp(values)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def rounded(scores, digits=4):
    """With the last class' score made from the others', so that they still add up to 1."""
    scores = scores.round(digits)
    scores[:, -1] = (1 - scores[:, :-1].sum(axis=1)).round(digits)
    return scores


def drawn(rows, classes, signal, shares=None, digits=4):
    labels = rng.choice(classes, rows, p=shares)
    scores = rounded(softmax(rng.normal(size=(rows, classes)) + signal * np.eye(classes)[labels]), digits)
    return labels, scores.argmax(axis=1), scores


def sets():
    yield classification("two classes", *drawn(300, 2, 1.5))
    yield classification("two classes, one rare", *drawn(300, 2, 2, [0.96, 0.04]))
    yield classification("ties among the scores", *drawn(300, 2, 1, digits=1))
    labels, _, scores = drawn(200, 2, 1.5)
    yield classification("a threshold other than a half", labels, (scores[:, 1] > 0.3).astype(int), scores)
    labels = rng.choice(2, 100)
    yield classification("perfect", labels, labels, np.eye(2)[labels])
    yield classification("all wrong, and sure of it", labels, 1 - labels, np.eye(2)[1 - labels])
    yield classification("always the first class", labels, 0 * labels, np.tile([0.75, 0.25], (100, 1)))
    yield classification("labels that are none of two classes", labels, np.where(rng.random(100) < 0.2, -1, labels))
    yield classification("three classes", *drawn(300, 3, 1.5), classes=3)
    yield classification("three classes, one rare", *drawn(300, 3, 1, [0.7, 0.27, 0.03]), classes=3)
    labels, predictions, scores = drawn(200, 3, 1)
    unrounded = softmax(np.log(scores + 0.01)).round(4)
    yield classification("scores that add up to 1 only nearly", labels, predictions, unrounded, classes=3)
    labels, predictions, _ = drawn(200, 3, 1)
    unknown = np.where(rng.random(200) < 0.1, -1, predictions)
    yield classification("labels that are none of three classes", labels, unknown, classes=3)
    labels, predictions, scores = drawn(100, 4, 1, [0.5, 0.5, 0, 0])
    predictions = np.where(predictions == 3, 2, predictions)
    yield classification("a class never right and a class never there", labels, predictions, scores, classes=4)
    targets = rng.normal(50, 10, 300).round(3)
    yield regression("numbers", targets, (targets + rng.normal(1, 4, 300)).round(3))
    yield regression("numbers worse than their mean", targets, rng.normal(80, 10, 300).round(3))
    yield regression("the mean of the numbers", targets, np.full(300, 50.0))
    yield regression("large numbers", (targets * 1e7).round(), (targets * 1e7 + rng.normal(0, 3e7, 300)).round())
    yield regression("perfect numbers", targets, targets)


if __name__ == "__main__":
    with warnings.catch_warnings():
        # Of classes that are predicted and never right, and of scores that do not quite add up to 1: both are meant.
        warnings.simplefilter("ignore")
        lines = [json.dumps(each, separators=(",", ":")) for each in sets()]
    Path(__file__).with_name("expected.jsonl").write_text("\n".join(lines) + "\n")
