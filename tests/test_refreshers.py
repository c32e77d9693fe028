"""The answers of the two-minute problems are right."""

from pathlib import Path

import numpy as np

PAGE = (Path(__file__).parents[1] / "book" / "refreshers.md").read_text(encoding="utf-8")


def test_each_problem_has_a_folded_answer():
    assert PAGE.count("**Two minutes.**") == PAGE.count(":::{dropdown} Answer\n") == 4


def test_the_chain_rule():
    rng = np.random.default_rng(0)
    W, h = rng.normal(size=(3, 4)), rng.normal(size=4)
    found = np.zeros((3, 4))
    for place in np.ndindex(W.shape):
        nudged = W.astype(complex)
        nudged[place] += 1e-30j
        found[place] = (np.sum((nudged @ h) ** 2) / 2).imag / 1e-30
    assert np.allclose(found, np.outer(W @ h, h))
    assert not np.allclose(found, np.outer(h[:3], W.T @ h[:3]))


def test_the_way_back():
    W, h, e = np.array([[0, 0], [1, 0]]), np.array([3, 5]), np.array([3, 5])
    assert "$W h = (0, 3)^\\top$" in PAGE
    assert "$W^\\top e = (5, 0)^\\top$" in PAGE
    assert (W @ h).tolist() == [0, 3]
    assert (W.T @ e).tolist() == [5, 0]
    assert e @ W @ h == (W.T @ e) @ h == 15


def test_the_leaky_filter():
    p = 0.0
    for r in (1, 0, 1):
        p = p / 2 + r
    assert p == 5 / 4
    assert r"+ 1 = \frac54$" in PAGE
    for _ in range(1000):
        p = (1 - 1 / 7) * p + 3
    assert np.isclose(p, 7 * 3)


def test_rank_one():
    ab = np.outer([1, 2], [3, -1])
    assert ab.tolist() == [[3, -1], [6, -2]]
    assert not np.any(ab @ [1, 3])
    assert not np.any(ab.T @ [2, -1])
    assert np.any(ab @ [2, -1])
