"""The probe's leave-one-out choice against leaving each picture out in turn."""

import numpy as np

from cnn_core.starters import linear_probe as module
from cnn_core.starters.linear_probe import linear_probe


def test_it_separates_what_can_be_separated_and_not_noise() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 200)
    features = random.normal(0, 1, (200, 10))
    features[:, 3] += 4 * labels
    said, _ = linear_probe(features[:150], labels[:150], features[150:])
    assert (said == labels[150:]).mean() > 0.9
    noise = random.normal(0, 1, (200, 10))
    said, _ = linear_probe(noise[:150], labels[:150], noise[150:])
    assert (said == labels[150:]).mean() < 0.75


def test_the_penalty_is_the_one_of_least_leave_one_out_errors() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 40)
    features = random.normal(0, 1, (40, 30)) + 0.7 * labels[:, None]
    _, penalty = linear_probe(features, labels, features)
    white = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    points, targets = np.column_stack([white, np.ones(40)]), 2.0 * labels - 1.0
    errors = {}
    for tried in module._PENALTIES:
        wrong = 0
        for left_out in range(40):
            kept = np.arange(40) != left_out
            gram = points[kept].T @ points[kept] + tried * np.eye(31)
            weights = np.linalg.solve(gram, points[kept].T @ targets[kept])
            wrong += (points[left_out] @ weights > 0) != labels[left_out]
        errors[tried] = wrong
    assert errors[penalty] == min(errors.values())
