"""Trains the models that the gate's tests judge, and writes model.onnx, holdout.csv and golden.json of each.

    npm run train -- tests/models/train.py [NAME…]

The same versions give the same bytes.
"""

import sys
from pathlib import Path

from threadpoolctl import threadpool_limits

HERE = Path(__file__).resolve().parent
# The example's own training code, which exports and lays out JSON alike.
sys.path.append(str(HERE.parent.parent / "model" / "training"))

from folder import Folder  # noqa: E402
from images import digits_cnn, digits_mlp  # noqa: E402
from tabular import breast_cancer, diabetes, purchases, wine  # noqa: E402
from text import messages  # noqa: E402

MODELS = {
    "breast-cancer": breast_cancer,
    "diabetes": diabetes,
    "digits-cnn": digits_cnn,
    "digits-mlp": digits_mlp,
    "messages": messages,
    "purchases": purchases,
    "wine": wine,
}

if __name__ == "__main__":
    names = sys.argv[1:] or list(MODELS)
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        sys.exit(f"There is no model {', '.join(unknown)}: name some of {', '.join(MODELS)}.")
    for name in names:
        # One thread: the order in which threads add up numbers would otherwise reach the last bits.
        with threadpool_limits(limits=1):
            trained = MODELS[name]()
        Folder(HERE / name).write(trained)
