"""The measures by which rules are judged: known values, and when there is none."""

import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from oracles import EXACT, problem, problems

from rnn_tutorial import Gradients, Network, bptt, rflo, rtrl
from rnn_tutorial.diagnostics import alignment, angle, complex_step, cosine, measure_cost, relative_error


def test_relative_error():
    assert relative_error([3.0, 0.0], [3.0, 4.0]) == pytest.approx(4 / 5)
    assert relative_error([1.0, 2.0], [1.0, 2.0]) == 0
    assert relative_error([[1.0], [1.0]], [[2.0], [2.0]]) == relative_error([[4.0], [4.0]], [[2.0], [2.0]]) / 2
    assert relative_error(1.1, 1.0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("a", "b", "degrees"),
    [
        ([1, 0], [5, 0], 0),
        ([1, 0], [1, 1], 45),
        ([1, 0], [1, np.sqrt(3)], 60),
        ([1, 0], [0, 7], 90),
        ([1, 2, 3], [-2, -4, -6], 180),
    ],
)
def test_angle_and_cosine(a, b, degrees):
    assert cosine(a, b) == pytest.approx(np.cos(np.radians(degrees)), abs=1e-15)
    assert angle(a, b) == pytest.approx(degrees, abs=3e-14)


def test_rounding_does_not_push_a_cosine_beyond_one():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1000, 7))
    assert max(cosine(v, 3 * v) for v in vectors) <= 1
    assert min(cosine(v, -3 * v) for v in vectors) >= -1
    assert max(v @ v / np.linalg.norm(v) ** 2 for v in vectors) > 1, "else this test would show nothing"


def test_gradients_count_as_one_vector():
    a = Gradients(np.array([[3.0]]), np.array([[0.0]]), np.array([[0.0]]))
    b = Gradients(np.array([[3.0]]), np.array([[4.0]]), np.array([[0.0]]))
    assert relative_error(a, b) == pytest.approx(4 / 5)
    assert cosine(a, b) == pytest.approx(3 / 5)


def test_nothing_can_be_said_of_zero():
    zero, some = np.zeros(2), np.ones(2)
    assert np.isnan(relative_error(some, zero))
    assert np.isnan(relative_error(zero, zero))
    assert relative_error(zero, some) == 1
    for measure in (cosine, angle):
        assert np.isnan(measure(zero, some))
        assert np.isnan(measure(some, zero))
    assert np.isnan(relative_error([], []))
    assert np.isnan(cosine([], []))


@pytest.mark.parametrize("measure", [relative_error, cosine, angle])
def test_sizes_must_match(measure):
    with pytest.raises(ValueError, match="a and b must hold equally many numbers, but hold 2 and 3"):
        measure(np.ones(2), np.ones(3))


def test_alignment():
    net = Network.random(1, 5, 2)
    assert alignment(replace(net, B=net.W_out.T)) == pytest.approx(1)
    assert alignment(replace(net, B=-0.01 * net.W_out.T)) == pytest.approx(-1)
    assert abs(alignment(net)) < 0.9
    assert alignment(replace(net, W_out=30 * net.W_out, B=0.2 * net.B)) == pytest.approx(alignment(net))
    assert alignment(net) == pytest.approx(
        np.sum(net.W_out.T * net.B) / np.sqrt(np.sum(net.W_out**2) * np.sum(net.B**2))
    )


@given(problems())
def test_complex_step_agrees_with_central_differences(trial):
    """Differences are good to about the cube root of the rounding, and enough to see a wrong sign or factor."""
    net, x, y_target = trial
    d = 1e-5
    derivative = complex_step(net, x, y_target)
    for name, ours in derivative._asdict().items():
        for index in np.ndindex(ours.shape):
            nudge = np.zeros(ours.shape)
            nudge[index] = d
            up, down = (replace(net, **{name: getattr(net, name) + s * nudge}).loss(x, y_target) for s in (1, -1))
            assert ours[index] == pytest.approx((up - down) / (2 * d), rel=1e-6, abs=1e-8)


def test_complex_step_of_a_known_derivative():
    """One unit, one step, tau = 1: L = (y* - w tanh(a x))^2 / 2."""
    a, w, x, y_target = 0.7, -1.3, 0.4, 0.9
    net = Network(W_in=[[a]], W=[[0.2]], W_out=[[w]], B=[[1.0]], tau=1, h0=[0.0])
    r = np.tanh(a * x)
    error = y_target - w * r
    grad = complex_step(net, [[x]], [[y_target]])
    assert grad.W_out[0, 0] == pytest.approx(-error * r, rel=EXACT)
    assert grad.W_in[0, 0] == pytest.approx(-error * w * (1 - r**2) * x, rel=EXACT)
    assert grad.W[0, 0] == 0, "h(0) is zero, so the recurrent weight carries nothing"


def test_cost():
    trial = problem(n_rec=30, T=20)
    memory = {rule: measure_cost(rule.gradient, *trial, repeats=2).bytes for rule in (bptt, rtrl, rflo)}
    assert memory[rtrl] > 30**3 * 8, "RTRL holds n^3 sensitivities of 8 bytes"
    assert memory[rtrl] > 5 * memory[rflo]
    assert memory[rflo] > 30**2 * 8
    assert measure_cost(rflo.gradient, *trial, repeats=2).seconds > 0
    longer = problem(n_rec=30, T=400)
    growth = {rule: measure_cost(rule.gradient, *longer, repeats=1).bytes / memory[rule] for rule in (bptt, rtrl)}
    assert growth[bptt] > 5, "BPTT stores the trial, here twenty times longer"
    assert growth[rtrl] < 1.5, "RTRL does not"


def test_what_the_first_call_prepares_is_not_counted():
    """A compiler, say, which takes megabytes and is not part of the rule."""
    prepared = []

    def gradient(*trial):
        if not prepared:
            prepared.append(bytearray(10**7))

    assert measure_cost(gradient, *problem(), repeats=1).bytes < 10**5


def test_what_the_caller_traces_is_not_counted_and_goes_on():
    measure_cost(rflo.gradient, *problem(), repeats=1)
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        kept = bytearray(10**7)
        bytearray(10**8)  # and gone again: the most that the caller ever held
        assert measure_cost(rflo.gradient, *problem(), repeats=1).bytes < len(kept) / 10
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_the_time_is_measured_as_often_as_asked():
    trial = problem()

    def calls(repeats):
        made = []
        measure_cost(lambda *given: made.append(given), *trial, repeats=repeats)
        assert all(one is other for given in made for one, other in zip(given, trial, strict=True)), "also to warm up"
        return len(made)

    assert calls(repeats=9) - calls(repeats=4) == 5
    assert calls(repeats=5) == 1 + 1 + 5, "to warm up, for the memory, for the time"
    made = []
    measure_cost(lambda *given: made.append(given), *trial)
    assert len(made) == calls(repeats=5)


def test_the_time_is_that_of_one_call():
    begin = time.perf_counter()
    seconds = measure_cost(rflo.gradient, *problem(), repeats=3).seconds
    assert 0 < seconds < time.perf_counter() - begin


@pytest.mark.parametrize("degrees", [1e-12, 1e-7, 1e-3, 90, 180 - 1e-7])
def test_an_angle_is_told_where_the_cosine_is_one(degrees):
    turn = np.radians(degrees)
    assert angle([3.0, 0.0], [np.cos(turn), np.sin(turn)]) == pytest.approx(degrees, rel=1e-6)


def test_equal_vectors_are_at_no_angle():
    a = np.random.default_rng(0).normal(size=(30, 30))
    assert angle(a, a) == 0


@pytest.mark.parametrize(
    ("a", "b", "error"), [(1e308, -1e308, 2), (2.0**1023, -(2.0**1023), 2), (-1.7e308, 1.7e308, 2), (1e308, 5e307, 1)]
)
def test_an_error_at_the_largest_numbers(a, b, error):
    assert relative_error([a], [b]) == pytest.approx(error)
    assert relative_error([a * 1j], [b * 1j]) == pytest.approx(error)
