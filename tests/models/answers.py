"""What onnxruntime in Python answers: the oracle of tests/service/python.spec.ts.

    npm run train -- tests/models/answers.py < rows.json > answers.json

rows.json: by folder of a model a list of rows, each a list of values in the order of the contract's columns.
answers.json: by the same folders each output's values by its name, nested by its shape.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

DATATYPES = {"FP32": np.float32, "INT64": np.int64, "BYTES": object}


def answers(folder: Path, rows: list[list[object]]) -> dict[str, object]:
    contract = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    feeds = {}
    start = 0
    for tensor in contract["inputs"]:
        end = start + len(tensor["columns"])
        values = np.array([row[start:end] for row in rows], dtype=object)
        feeds[tensor["name"]] = values.reshape(tensor["shape"]).astype(DATATYPES[tensor["datatype"]])
        start = end
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    names = [output["name"] for output in contract["outputs"]]
    return {name: values.tolist() for name, values in zip(names, session.run(names, feeds))}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump({folder: answers(Path(folder), rows) for folder, rows in asked.items()}, sys.stdout)
