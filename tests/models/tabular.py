"""Models of rows and columns. Their data sets are scikit-learn's own; that of the purchases is drawn."""

import numpy as np
import onnx
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from export import TARGET_OPSET, drop_repeated_opsets
from folder import Trained

SEED = 42


def breast_cancer() -> Trained:
    """Scaling and a straight line in one pipeline."""
    return fit_floats(make_pipeline(StandardScaler(), LogisticRegression()), load_breast_cancer(), 0.4)


def wine() -> Trained:
    """A forest, three classes."""
    return fit_floats(RandomForestClassifier(n_estimators=40, random_state=SEED, n_jobs=1), load_wine(), 0.4)


def diabetes() -> Trained:
    """A regression."""
    return fit_floats(make_pipeline(StandardScaler(), Ridge()), load_diabetes(scaled=False), 0.5)


def fit_floats(estimator: BaseEstimator, data: dict, holdout: float) -> Trained:
    """Splits one of scikit-learn's data sets, and fits on one part. One input, all columns FP32."""
    classification = hasattr(estimator, "predict_proba")
    train_x, test_x, train_y, test_y = train_test_split(
        data["data"],
        data["target"],
        test_size=holdout,
        random_state=SEED,
        stratify=data["target"] if classification else None,
    )
    estimator.fit(train_x, train_y)
    columns = [str(name) for name in data["feature_names"]]
    return Trained(
        model=to_onnx(estimator, [("features", FloatTensorType([None, len(columns)]))]),
        rows={name: test_x[:, i].tolist() for i, name in enumerate(columns)},
        target=test_y.tolist(),
        expected=estimator.predict_proba(test_x) if classification else estimator.predict(test_x),
    )


CATEGORIES = {
    "channel": ["app", "store", "web"],
    "country": ["de", "fr", "nl", "us"],
    "gender": ["f", "m", "x"],
}
NUMBERS = ["visits", "basket_value", "days_since_visit"]
CHANNEL_EFFECT = {"app": 0.9, "store": 0.2, "web": -0.6}
COUNTRY_EFFECT = {"de": 0.3, "fr": 0.0, "nl": 0.6, "us": -0.5}


def purchases() -> Trained:
    """Boosted trees over text and numbers: one input per column. The gender is taken and not used."""
    draw = np.random.default_rng(SEED)
    training, bought = draw_customers(8_000, draw)
    holdout, answers = draw_customers(3_000, draw)
    names = list(training)

    def columns(*wanted: str) -> list[int]:
        return [names.index(name) for name in wanted]

    pipeline = make_pipeline(
        ColumnTransformer(
            [
                ("text", OneHotEncoder(sparse_output=False), columns("channel", "country")),
                ("numbers", "passthrough", columns(*NUMBERS)),
            ]
        ),
        HistGradientBoostingClassifier(
            max_iter=80,
            max_leaf_nodes=8,
            # After the three channels and four countries, and for the second class, `left`: more visits never
            # make it likelier, more days never less likely.
            monotonic_cst=[0] * 7 + [-1, 0, 1],
            early_stopping=False,
            random_state=SEED,
        ),
    )
    pipeline.fit(as_objects(training), bought)
    types = {"visits": Int64TensorType([None, 1]), **dict.fromkeys(CATEGORIES, StringTensorType([None, 1]))}
    return Trained(
        model=to_onnx(pipeline, [(name, types.get(name, FloatTensorType([None, 1]))) for name in names]),
        rows=holdout,
        target=answers,
        expected=pipeline.predict_proba(as_objects(holdout)),
    )


def draw_customers(rows: int, draw: np.random.Generator) -> tuple[dict[str, list], list[str]]:
    """Customers who are shown an offer, and whether they bought. The rule is invented."""
    table = {name: draw.choice(values, rows).tolist() for name, values in CATEGORIES.items()}
    table["visits"] = draw.poisson(4, rows).tolist()
    table["basket_value"] = np.round(draw.lognormal(3.2, 0.7, rows), 2).tolist()
    table["days_since_visit"] = np.round(draw.exponential(20, rows), 1).tolist()
    effect = (
        np.array([CHANNEL_EFFECT[channel] for channel in table["channel"]])
        + np.array([COUNTRY_EFFECT[country] for country in table["country"]])
        + 0.5 * (np.array(table["visits"]) - 4)
        - 0.08 * (np.array(table["days_since_visit"]) - 20)
        + 0.5 * np.sin(np.log1p(table["basket_value"]))
    )
    bought = draw.random(rows) < 1 / (1 + np.exp(-3 * (effect - 0.7)))
    return table, np.where(bought, "bought", "left").tolist()


def as_objects(table: dict[str, list]) -> np.ndarray:
    return np.array([np.array(values, dtype=object) for values in table.values()], dtype=object).T


def to_onnx(
    estimator: BaseEstimator, inputs: list[tuple[str, object]], options: dict | None = None
) -> bytes:
    model = convert_sklearn(
        estimator,
        name="model",  # without a name skl2onnx makes up a random one
        initial_types=inputs,
        options=options or ({"zipmap": False} if hasattr(estimator, "predict_proba") else None),
        target_opset=TARGET_OPSET,
    )
    drop_repeated_opsets(model)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
