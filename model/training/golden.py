"""The golden requests: exact inputs, each with the answer that the exported model gave in training."""

import json
from typing import Any

import numpy as np

from export import OnnxClassifier

# Rows are income (USD per year), age (years), credit score (points). Each name says what it guards.
REQUESTS: dict[str, list[list[float]]] = {
    "The request of the project's first example is approved": [[50000, 35, 720]],
    "Little income and a bad score is a clear no": [[14000, 22, 480]],
    "A good income and an excellent score is a clear yes": [[120000, 45, 810]],
    "A very high income does not make up for a bad score": [[400000, 50, 520]],
    "Near even odds, where a small numeric slip would turn the label": [[35000, 60, 645]],
    "The least and the greatest value that the contract allows": [
        [0, 18, 300],
        [1000000, 100, 850],
    ],
    "Fractions are numbers too, and are not cut off": [[33000.5, 68.75, 669.5]],
    "A batch is answered row by row, in the order given": [
        [28000, 23, 690],
        [52000, 31, 640],
        [75000, 58, 745],
        [41000, 71, 790],
        [50000, 35, 720],
    ],
}

# Processors differ in the last bits of a float32 near 1, which is 6e-8. Six digits hide most of that
# and are still 20 times finer than the contract's tolerance.
DECIMALS = 6


def golden_features() -> np.ndarray:
    """All rows of all golden requests."""
    return np.array([row for rows in REQUESTS.values() for row in rows])


def answer_requests(model: OnnxClassifier) -> dict[str, Any]:
    """The content of golden.json."""
    return {"requests": [answer_request(model, name, rows) for name, rows in REQUESTS.items()]}


def answer_request(model: OnnxClassifier, name: str, rows: list[list[float]]) -> dict[str, Any]:
    label, probabilities = model.predict(np.array(rows))
    rounded = np.round(probabilities.astype(np.float64), DECIMALS)
    outputs = {"label": label.tolist(), "probabilities": rounded.tolist()}
    return {"name": name, "inputs": {"features": rows}, "outputs": outputs}


def to_json(value: Any, indent: str = "") -> str:
    """JSON laid out for reading and for the formatter: objects over several lines, rows on one."""
    inner = indent + "  "
    if isinstance(value, dict):
        members = [f"{inner}{json.dumps(key)}: {to_json(member, inner)}" for key, member in value.items()]
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        items = [to_json(item, inner) for item in value]
        if len(items) == 1 and "\n" not in items[0]:
            return f"[{items[0]}]"
        return "[\n" + ",\n".join(inner + item for item in items) + f"\n{indent}]"
    return json.dumps(value)
