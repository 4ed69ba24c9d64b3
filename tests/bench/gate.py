"""The Python side of `npm run bench:gate`.

    gate.py make FOLDER     writes a model folder: boosted trees over 30 features, a holdout of 100,000 rows
    gate.py judge FOLDER    reads that holdout, runs the model over it, prints the accuracy and the seconds
"""

import json
import sys
import time
from pathlib import Path

ROWS = 100_000
FEATURES = 30
# As gate/measure/limits.ts has it.
BATCH = 1024


def make(folder: Path) -> None:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "model" / "training"))
    from export import OnnxClassifier, to_onnx

    names = [f"feature_{i}" for i in range(FEATURES)]
    draw = np.random.default_rng(42)

    def draw_rows(rows: int) -> tuple[np.ndarray, np.ndarray]:
        features = np.round(draw.normal(0, 1, (rows, FEATURES)), 4)
        weights = np.linspace(1, 0.1, FEATURES)
        signal = features @ weights + 2 * features[:, 0] * features[:, 1] - np.abs(features[:, 2])
        return features, (signal + draw.normal(0, 1, rows) > 0).astype(int)

    classifier = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=42)
    classifier.fit(*draw_rows(20_000))
    model = to_onnx(classifier, FEATURES, "bench")
    features, labels = draw_rows(ROWS)

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    with open(folder / "holdout.csv", "w", encoding="utf-8", newline="\n") as file:
        file.write(",".join([*names, "label"]) + "\n")
        file.writelines(
            ",".join(map(repr, row)) + f",{label}\n" for row, label in zip(features.tolist(), labels.tolist())
        )
    label, probabilities = OnnxClassifier(model).predict(features[:2])
    golden = {
        "name": "Two rows",
        "inputs": {"features": features[:2].tolist()},
        "outputs": {"label": label.tolist(), "probabilities": probabilities.tolist()},
    }
    (folder / "golden.json").write_text(json.dumps({"requests": [golden]}))
    (folder / "contract.json").write_text(json.dumps(contract(names), indent=2))


def contract(names: list[str]) -> dict:
    columns = [{"name": name, "min": -10, "max": 10} for name in names]
    return {
        "name": "bench",
        "version": "1",
        "task": "classification",
        "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, FEATURES], "columns": columns}],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 2]},
        ],
        "prediction": "label",
        "scores": "probabilities",
        "classes": [0, 1],
        "validation": {
            "holdout": {"file": "holdout.csv", "target": "label"},
            "golden": {"file": "golden.json", "tolerance": 1e-5},
            "metrics": {"accuracy": {"min": 0.8}, "rocAuc": {"min": 0.8}},
        },
    }


def judge(folder: Path) -> None:
    """What one would write in Python: numpy's own CSV reader, which is in C, and onnxruntime."""
    import numpy as np
    import onnxruntime

    begun = time.perf_counter()
    table = np.loadtxt(folder / "holdout.csv", delimiter=",", skiprows=1, dtype=np.float32)
    features, labels = np.ascontiguousarray(table[:, :-1]), table[:, -1].astype(np.int64)

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    right = 0
    running = time.perf_counter()
    for start in range(0, len(features), BATCH):
        label, _ = session.run(["label", "probabilities"], {"features": features[start : start + BATCH]})
        right += int((label == labels[start : start + BATCH]).sum())
    done = time.perf_counter()
    print(json.dumps({"accuracy": right / len(labels), "seconds": done - begun, "running": done - running}))


if __name__ == "__main__":
    {"make": make, "judge": judge}[sys.argv[1]](Path(sys.argv[2]))
