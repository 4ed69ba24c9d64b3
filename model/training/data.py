"""Synthetic loan applicants.

No row is a real person, and nothing here was fitted to real loans. The marginals are plausible for
the United States and chosen by hand; the rule that decides who repays is invented. It is meant to be
learnable but not trivial: a straight line through the three columns misses about a third of what
can be known, and about one label in eleven is chance, which no model can predict.
"""

from dataclasses import dataclass

import numpy as np

COLUMNS = ("income", "age", "credit_score")
TARGET = "approved"


@dataclass(frozen=True)
class Applicants:
    """Rows with their labels.

    features: float64 [rows, 3] in the order of COLUMNS, whole numbers only.
    repayment: the true probability of label 1 for each row, known only because the data is synthetic.
    approved: 1 where the loan was repaid, so that approving it was right; otherwise 0.
    """

    features: np.ndarray
    repayment: np.ndarray
    approved: np.ndarray


def draw_applicants(rows: int, rng: np.random.Generator) -> Applicants:
    """Draws applicants and, for each, one loan that is repaid or not."""
    features = draw_features(rows, rng)
    repayment = repayment_probability(features)
    approved = (rng.random(rows) < repayment).astype(np.int64)
    return Applicants(features, repayment, approved)


def draw_features(rows: int, rng: np.random.Generator) -> np.ndarray:
    """Income (USD a year, 8,000 to 500,000), age (18 to 80), credit score (300 to 850)."""
    age = np.rint(18 + 62 * rng.beta(1.8, 2.4, rows))

    # Log-normal around a median that rises to the age of 48 and falls again.
    median_income = 52_000 * np.exp(-0.6 * ((age - 48) / 35) ** 2)
    income = np.rint(np.clip(median_income * rng.lognormal(0, 0.55, rows), 8_000, 500_000))

    # A score grows with the length of the history and with income. The exponential part gives the
    # long lower tail that real scores have.
    typical_score = 735 + 0.9 * (age - 45) + 35 * np.log(income / 52_000)
    noise = rng.normal(0, 60, rows) - rng.exponential(40, rows)
    score = np.rint(np.clip(typical_score + noise, 300, 850))
    return np.column_stack([income, age, score])


def repayment_probability(features: np.ndarray) -> np.ndarray:
    """The true probability that the loan is repaid, from the whole numbers that a model sees.

    Capacity to carry debt (income) and willingness (score) each pass a soft threshold, and the weaker
    of the two decides: a high income does not make up for a bad score, nor the other way round. The
    very young (no history yet) and applicants near retirement (income about to fall) repay less often.
    At both ends 1.5 % remain that nothing in the three columns explains.
    """
    income, age, score = features.T
    capacity = 7 * np.tanh(np.log(income / 33_000) / 0.5)
    willingness = 7 * np.tanh((score - 655) / 60)
    early = 5 * sigmoid((24 - age) / 1.5)
    late = 5 * sigmoid((age - 66) / 2)
    logit = 1 + soft_minimum(capacity, willingness) - early - late
    return 0.015 + 0.97 * sigmoid(logit)


def soft_minimum(a: np.ndarray, b: np.ndarray, sharpness: float = 0.8) -> np.ndarray:
    """A smooth min(a, b) that equals both where they are equal."""
    return -np.log((np.exp(-sharpness * a) + np.exp(-sharpness * b)) / 2) / sharpness


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def to_csv(applicants: Applicants) -> str:
    """Header and one line a row, in whole numbers, without the repayment probability."""
    table = np.column_stack([applicants.features, applicants.approved]).astype(np.int64)
    lines = [",".join((*COLUMNS, TARGET)), *(",".join(map(str, row)) for row in table)]
    return "\n".join(lines) + "\n"
