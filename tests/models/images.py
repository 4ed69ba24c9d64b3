"""Models of handwritten digits: scikit-learn's own 8 x 8 images, values from 0 to 16."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from folder import Trained
from tabular import SEED, to_onnx

SIDE = 8
FILTERS = 8
OPSET = 21


def digits_mlp() -> Trained:
    """A multilayer perceptron over the pixels as a row."""
    train_x, test_x, train_y, test_y = split()
    perceptron = MLPClassifier((48,), max_iter=400, alpha=0.01, random_state=SEED)
    classifier = make_pipeline(MinMaxScaler(), perceptron)
    classifier.fit(train_x, train_y)
    model = to_onnx(classifier, [("pixels", FloatTensorType([None, SIDE * SIDE]))])
    return Trained(model, pixels(test_x), test_y.tolist(), classifier.predict_proba(test_x))


def digits_cnn() -> Trained:
    """
    A small convolutional network: filters that are the principal components of the images' 3 x 3 patches and
    their negatives, ReLU, pooling, and a linear layer that is trained.
    """
    train_x, test_x, train_y, test_y = split()
    filters = principal_filters(train_x)
    see = onnxruntime.InferenceSession(network(filters, None))
    features = see.run(["features"], {"image": as_images(train_x)})[0]
    classifier = LogisticRegression(C=10, max_iter=500).fit(features, train_y)
    seen = see.run(["features"], {"image": as_images(test_x)})[0]
    model = network(filters, classifier)
    return Trained(model, pixels(test_x), test_y.tolist(), classifier.predict_proba(seen))


def split() -> list[np.ndarray]:
    digits = load_digits()
    return train_test_split(
        digits.data, digits.target, test_size=0.4, random_state=SEED, stratify=digits.target
    )


def pixels(rows: np.ndarray) -> dict[str, list]:
    """Columns in the order of the image's rows; whole numbers."""
    names = [f"pixel_{y}_{x}" for y in range(SIDE) for x in range(SIDE)]
    return {name: rows[:, i].astype(int).tolist() for i, name in enumerate(names)}


def as_images(rows: np.ndarray) -> np.ndarray:
    return rows.reshape(-1, 1, SIDE, SIDE).astype(np.float32)


def principal_filters(rows: np.ndarray) -> np.ndarray:
    """Shape [2 * FILTERS, 1, 3, 3], for pixels from 0 to 16."""
    windows = np.lib.stride_tricks.sliding_window_view(rows.reshape(-1, SIDE, SIDE), (3, 3), axis=(1, 2))
    patches = windows.reshape(-1, 9)
    _, directions = np.linalg.eigh(np.cov(patches, rowvar=False))
    strongest = directions[:, ::-1][:, :FILTERS].T
    return (np.concatenate([strongest, -strongest]) / 16).reshape(-1, 1, 3, 3).astype(np.float32)


def network(filters: np.ndarray, classifier: LogisticRegression | None) -> bytes:
    """FP32 [-1, 1, 8, 8] to `digit` and `probabilities`; without a classifier, to `features` [-1, 256]."""
    constants = {"filters": filters}
    nodes = [
        helper.make_node("Conv", ["image", "filters"], ["convolved"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["convolved"], ["positive"]),
        helper.make_node("MaxPool", ["positive"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
    ]
    outputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", None])]
    if classifier is not None:
        constants["weights"] = classifier.coef_.astype(np.float32)
        constants["bias"] = classifier.intercept_.astype(np.float32)
        nodes += [
            helper.make_node("Gemm", ["features", "weights", "bias"], ["logits"], transB=1),
            helper.make_node("Softmax", ["logits"], ["probabilities"]),
            helper.make_node("ArgMax", ["logits"], ["digit"], axis=1, keepdims=0),
        ]
        outputs = [
            helper.make_tensor_value_info("digit", TensorProto.INT64, ["rows"]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", 10]),
        ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["rows", 1, SIDE, SIDE])],
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
