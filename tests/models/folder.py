"""Writes a model folder: model.onnx, holdout.csv, golden.json. contract.json is written by hand, and read."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from golden import to_json

DATATYPES = {"FP32": np.float32, "INT64": np.int64, "BYTES": object}
# As in the example model's golden requests: finer than the tolerance, and coarser than processors differ.
DECIMALS = 6


@dataclass(frozen=True)
class Trained:
    """
    rows: the holdout's columns by name, with their values.
    target: its right answers.
    expected: what the trained model itself gives for them: scores [rows, classes], or predictions [rows].
    """

    model: bytes
    rows: dict[str, list]
    target: list
    expected: np.ndarray


class Folder:
    """A folder and its contract."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.contract = json.loads((path / "contract.json").read_text(encoding="utf-8"))

    def write(self, trained: Trained) -> None:
        """Writes all three files; raises where the exported model does not answer as the trained one."""
        self.session = onnxruntime.InferenceSession(trained.model, providers=["CPUExecutionProvider"])
        self.check_same_answers(trained)
        self.write_file("model.onnx", trained.model)
        self.write_file("holdout.csv", self.holdout(trained).encode())
        self.write_file("golden.json", (to_json(self.golden(trained)) + "\n").encode())

    def check_same_answers(self, trained: Trained) -> None:
        answer = self.run(trained.rows)[self.contract.get("scores", self.contract["prediction"])]
        difference = float(np.abs(answer.reshape(trained.expected.shape) - trained.expected).max())
        tolerance = self.contract["validation"]["golden"]["tolerance"]
        if not difference <= tolerance:  # "not at most", so that NaN is refused too
            raise ValueError(f"{self.path.name}: ONNX differs by {difference}, allowed is {tolerance}")

    def inputs(self, rows: dict[str, list]) -> dict[str, np.ndarray]:
        """Arrays of Python's own values by input, in the contract's shapes."""
        return {
            tensor["name"]: np.array([rows[column["name"]] for column in tensor["columns"]], dtype=object)
            .T.reshape(tensor["shape"])
            for tensor in self.contract["inputs"]
        }

    def run(self, rows: dict[str, list]) -> dict[str, np.ndarray]:
        """The exported model's answers by output."""
        datatypes = {tensor["name"]: DATATYPES[tensor["datatype"]] for tensor in self.contract["inputs"]}
        feeds = {name: values.astype(datatypes[name]) for name, values in self.inputs(rows).items()}
        names = [output["name"] for output in self.contract["outputs"]]
        return dict(zip(names, self.session.run(names, feeds)))

    def holdout(self, trained: Trained) -> str:
        target = self.contract["validation"]["holdout"]["target"]
        lines = [[*trained.rows, target], *zip(*trained.rows.values(), trained.target)]
        return "".join(",".join(map(str, line)) + "\n" for line in lines)

    def golden(self, trained: Trained) -> dict[str, Any]:
        def picked(*indexes: int) -> dict[str, list]:
            return {column: [values[i] for i in indexes] for column, values in trained.rows.items()}

        requests = {
            "One row": picked(0),
            "A batch is answered row by row, in the order given": picked(3, 1, 4, 1, 5),
            "The least and the greatest values that the contract allows": self.extremes(trained),
        }
        return {"requests": [self.answer(name, rows) for name, rows in requests.items()]}

    def extremes(self, trained: Trained) -> dict[str, list]:
        """Of a column without limits, values of the holdout."""
        columns = [column for tensor in self.contract["inputs"] for column in tensor["columns"]]
        return {
            column["name"]: [column["categories"][0], column["categories"][-1]]
            if "categories" in column
            else [column["min"], column["max"]]
            if "min" in column
            else trained.rows[column["name"]][:2]
            for column in columns
        }

    def answer(self, name: str, rows: dict[str, list]) -> dict[str, Any]:
        return {
            "name": name,
            "inputs": {tensor: values.tolist() for tensor, values in self.inputs(rows).items()},
            "outputs": {tensor: rounded(values) for tensor, values in self.run(rows).items()},
        }

    def write_file(self, name: str, content: bytes) -> None:
        file = self.path / name
        changed = not file.exists() or file.read_bytes() != content
        file.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        state = "changed" if changed else "unchanged"
        print(f"{self.path.name}/{name}: {len(content)} bytes, sha256 {digest}, {state}")


def rounded(answer: np.ndarray) -> list:
    is_float = answer.dtype.kind == "f"
    return np.round(answer.astype(np.float64), DECIMALS).tolist() if is_float else answer.tolist()
