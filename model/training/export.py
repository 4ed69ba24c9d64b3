"""From a fitted scikit-learn classifier to the bytes of model.onnx, and back through onnxruntime."""

import numpy as np
import onnx
import onnxruntime
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import ClassifierMixin

# Said outright, since the default moves with every skl2onnx release.
TARGET_OPSET = {"": 21, "ai.onnx.ml": 3}


def to_onnx(classifier: ClassifierMixin, features: int, graph_name: str) -> bytes:
    """Input `features` FP32 [-1, features]; outputs `label` INT64 [-1], `probabilities` FP32 [-1, 2]."""
    model = convert_sklearn(
        classifier,
        name=graph_name,  # without a name skl2onnx makes up a random one
        initial_types=[("features", FloatTensorType([None, features]))],
        options={"zipmap": False},  # a ZipMap output is no tensor, and onnxruntime-node cannot read it
        target_opset=TARGET_OPSET,
    )
    drop_repeated_opsets(model)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def drop_repeated_opsets(model: onnx.ModelProto) -> None:
    """skl2onnx 1.20 with onnx 1.23 lists the default domain twice, with the same version."""
    unique = {(entry.domain, entry.version): entry for entry in model.opset_import}
    kept = [onnx.helper.make_opsetid(domain, version) for domain, version in sorted(unique)]
    del model.opset_import[:]
    model.opset_import.extend(kept)


class OnnxClassifier:
    """The exported model, run as the service will run it."""

    def __init__(self, model: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Labels [rows] and probabilities [rows, 2] of rows in the order of the contract's columns."""
        feeds = {"features": features.astype(np.float32)}
        label, probabilities = self.session.run(["label", "probabilities"], feeds)
        return label, probabilities


def check_same_answers(
    onnx_classifier: OnnxClassifier,
    classifier: ClassifierMixin,
    features: np.ndarray,
    tolerance: float,
) -> float:
    """The largest difference between the two in any probability; raises where it is not small."""
    label, probabilities = onnx_classifier.predict(features)
    difference = float(np.abs(probabilities - classifier.predict_proba(features)).max())
    if not difference <= tolerance:  # "not at most", so that NaN is refused too
        raise ValueError(
            f"ONNX and scikit-learn differ by {difference} in a probability, allowed is {tolerance}"
        )
    disagreeing = int((label != classifier.predict(features)).sum())
    if disagreeing:
        raise ValueError(
            f"ONNX and scikit-learn give different labels for {disagreeing} of {len(features)} rows"
        )
    return difference
