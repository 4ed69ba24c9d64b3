"""A model of text: which team a customer's message is for. The messages are drawn."""

import numpy as np
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from folder import Trained
from tabular import SEED, to_onnx

WORDS = {
    "billing": ["invoice", "charge", "refund", "card", "payment", "price", "paid", "twice"],
    "delivery": ["parcel", "courier", "late", "address", "tracking", "arrived", "waiting", "door"],
    "returns": ["return", "broken", "exchange", "size", "label", "wrong", "refund", "damaged"],
}
OTHERS = "the a my please order I was is it to and for you have with not yesterday again".split()


def messages() -> Trained:
    """One input of text; words count by how rare they are."""
    draw = np.random.default_rng(SEED)
    training, teams = draw_messages(1_500, draw)
    holdout, answers = draw_messages(1_000, draw)
    classifier = make_pipeline(TfidfVectorizer(), LogisticRegression(C=3))
    classifier.fit(training, teams)
    return Trained(
        # The runtime would ask the machine for English, which the image does not have: C is everywhere, and knows a to z.
        model=to_onnx(
            classifier,
            [("message", StringTensorType([None, 1]))],
            {TfidfVectorizer: {"locale": "C"}, LogisticRegression: {"zipmap": False}},
        ),
        rows={"message": holdout},
        target=answers,
        expected=classifier.predict_proba(holdout),
    )


def draw_messages(rows: int, draw: np.random.Generator) -> tuple[list[str], list[str]]:
    """Two words of the team's own, two of any team's, five of nobody's, in any order."""
    every = [word for words in WORDS.values() for word in words]
    teams = draw.choice(list(WORDS), rows).tolist()
    texts = []
    for team in teams:
        words = [*draw.choice(WORDS[team], 2), *draw.choice(every, 2), *draw.choice(OTHERS, 5)]
        texts.append(" ".join(draw.permutation(words).tolist()).capitalize())
    return texts, teams
