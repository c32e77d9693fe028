"""What the checks say: every catalogued mistake has its name, any other its place, and no function goes unanswered."""

import math
import re
import sys
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from itertools import combinations, product

import numpy as np
import pytest
from oracles import EXACT, backward, rflo_by_loops, run_by_loops, torch_gradient, total, worst_error

from rnn_book.checks import EXERCISES, by_hand, check
from rnn_book.checks.exercise import PROBLEMS
from rnn_book.checks.guard import LINES
from rnn_book.checks.rflo import follow
from rnn_book.experiments import snap1
from rnn_tutorial import bptt, diagnostics, rflo

MISTAKES = [(name, mistake) for name, exercise in EXERCISES.items() for mistake in exercise.mistakes]


def committing(name, *mistakes):
    """The reference of an exercise, with some mistakes."""
    options = {}
    for mistake in mistakes:
        options |= EXERCISES[name].mistakes[mistake].options
    return partial(EXERCISES[name].reference, **options)


def touched(name, *mistakes):
    """The parts of an exercise that mistakes change."""
    options = committing(name, *mistakes).keywords
    exercise = EXERCISES[name]
    pairs = [(exercise.solve(trial, **options), exercise.solve(trial)) for trial in PROBLEMS]
    return [
        part
        for k, part in enumerate(exercise.parts)
        if not all(np.allclose(wrong[k], right[k], rtol=1e-9, atol=0) for wrong, right in pairs)
    ]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_passes(name):
    verdict = check(name, EXERCISES[name].reference)
    assert verdict, verdict
    assert verdict.points(10) == 10
    assert len(EXERCISES[name].mistakes) >= 5


def test_the_references_are_right():
    """They agree with oracles that they do not know."""
    for net, x, y_target, seed in PROBLEMS:
        trial = net, x, y_target
        exact = diagnostics.complex_step(*trial)
        for name in ("bptt", "rtrl"):
            assert worst_error(EXERCISES[name].reference(*trial), exact) < EXACT
        assert worst_error(EXERCISES["rflo"].reference(*trial), total(rflo_by_loops(*trial))) < EXACT
        assert worst_error(EXERCISES["net-run"].reference(net, x), run_by_loops(net, x)) < EXACT
        blame = EXERCISES["net-blame"].reference(*trial, 2, 0)
        assert blame.sum() == pytest.approx(exact.W[2, 0], rel=EXACT)
        assert EXERCISES["rtrl-gain"].reference(*trial, 1.8) == pytest.approx(np.sum(exact.W * net.W) / 1.8, rel=EXACT)
        assert EXERCISES["net-derivative"].reference(*trial) == pytest.approx(exact.W, rel=1e-8)
        # Two ways to one derivative, one forward and one backward.
        start = [EXERCISES[name].reference(*trial) for name in ("bptt-h0", "rtrl-h0")]
        assert start[0] == pytest.approx(start[1], rel=1e-9)
        assert EXERCISES["rflo-delay"].reference(*trial, 0) == pytest.approx(backward(*trial, net.B, False).W, rel=1e-9)
        h, u, _ = run_by_loops(net, x)
        two = EXERCISES["rflo-two-leaks"].reference(1 - np.tanh(u) ** 2, h[:-1], 0.0, 1 - 1 / net.tau)
        assert two == pytest.approx(EXERCISES["rflo-trace"].reference(net, x), rel=1e-9)
        runs = [np.array([a]) for a in (x, y_target)]
        assert worst_error(EXERCISES["rflo-batch"].reference(net, *runs), EXERCISES["rflo"].reference(*trial)) < EXACT


def nudged(loss, value):
    """The derivative of `loss` at an array by the complex step."""
    found = np.zeros(value.shape)
    for place in np.ndindex(value.shape):
        moved = value.astype(complex)
        moved[place] += 1e-30j
        found[place] = loss(moved).imag / 1e-30
    return found


def test_the_other_losses_have_the_right_derivatives():
    net, x, y_target, _ = PROBLEMS[1]

    def outputs(W, h0, tau):
        h, y = h0, []
        for drive in x:
            h = h + (-h + np.tanh(W @ h + net.W_in @ drive)) / tau
            y.append(net.W_out @ h)
        return np.array(y)

    def squared(y):
        return np.sum((y_target - y) ** 2) / (2 * len(x))

    labels = y_target.argmax(1)

    def entropy(y):
        p = np.exp(y) / np.exp(y).sum(1, keepdims=True)
        return -np.mean(np.log(p[np.arange(len(x)), labels]))

    tau = np.full(net.n_rec, net.tau)
    exact = {
        "bptt-tau": nudged(lambda tau: squared(outputs(net.W, net.h0, tau)), tau),
        "bptt-h0": nudged(lambda h0: squared(outputs(net.W, h0, tau)), net.h0),
        "rtrl-tau": nudged(lambda one: squared(outputs(net.W, net.h0, one * np.ones(net.n_rec))), np.array(net.tau)),
    }
    for name, derivative in exact.items():
        assert EXERCISES[name].reference(net, x, y_target) == pytest.approx(derivative, rel=1e-9)
    of_W = nudged(lambda W: entropy(outputs(W, net.h0, tau)), net.W)
    assert EXERCISES["bptt-softmax"].reference(net, x, labels)[1] == pytest.approx(of_W, rel=1e-9)
    of_W = nudged(lambda W: np.sum((y_target - outputs(W, net.h0, tau))[-1] ** 2) / 2, net.W)
    assert EXERCISES["bptt-last"].reference(net, x, y_target)[1] == pytest.approx(of_W, rel=1e-9)


def test_a_network_without_time_agrees_with_autograd():
    torch = pytest.importorskip("torch")
    W_1, W_2, x, y_target = EXERCISES["ff-backprop"].arguments(PROBLEMS[0])
    weights = [torch.tensor(W, requires_grad=True) for W in (W_1, W_2)]
    y = weights[1] @ torch.tanh(weights[0] @ torch.tensor(x))
    exact = torch.autograd.grad(((torch.tensor(y_target) - y) ** 2).sum() / 2, weights)
    assert worst_error(EXERCISES["ff-backprop"].reference(W_1, W_2, x, y_target), [g.numpy() for g in exact]) < EXACT
    matched = EXERCISES["ff-feedback"].reference(W_1, W_2, W_2.T, x, y_target)
    assert worst_error(matched, [g.numpy() for g in exact]) < EXACT


@pytest.mark.half_second
@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_a_known_mistake_is_named_in_every_part_that_it_touches(name, mistake):
    verdict, parts = check(name, committing(name, mistake)), touched(name, mistake)
    assert not verdict
    assert parts, "a mistake that changes nothing"
    sentence = EXERCISES[name].mistakes[mistake].sentence
    assert (sentence if len(EXERCISES[name].parts) == 1 else f"{', '.join(parts)}: {sentence}") in verdict.text
    assert verdict.right == len(EXERCISES[name].parts) - len(parts)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_no_two_mistakes_look_alike(name):
    exercise = EXERCISES[name]

    @cache  # most are told apart by the first problem
    def answer(mistake, i):
        return exercise.solve(PROBLEMS[i], **exercise.mistakes[mistake].options)

    for a, b in combinations(exercise.mistakes, 2):
        for k, part in enumerate(exercise.parts):
            if part in touched(name, a) and part in touched(name, b):
                alike = (np.allclose(answer(a, i)[k], answer(b, i)[k], rtol=1e-7) for i in range(len(PROBLEMS)))
                assert not all(alike), (a, b, part)


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("rflo", ("traces never leak", "feedback through the readout")),
        ("rflo", ("slope missing", "trace before the step")),
        ("bptt", ("W not transposed", "error of the step after")),
        ("bptt", ("random feedback", "slope missing at the synapse")),
        ("rtrl", ("Jacobian scaled along columns", "random feedback")),
        ("net-run", ("input one step late", "no leak")),
    ],
)
def test_two_mistakes_at_once_are_both_named(name, pair):
    text = check(name, committing(name, *pair)).text
    for mistake in pair:
        assert EXERCISES[name].mistakes[mistake].sentence in text


def scaled(name, factor):
    """A right rule with W's part multiplied by a factor of the problem."""

    def answer(net, x, y_target):
        exact = name != "rflo"
        W_in, W, W_out = backward(net, x, y_target, net.W_out.T if exact else net.B, recurrent=exact)
        return W_in, factor(net, x) * W, W_out

    return answer


@pytest.mark.half_second
@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (lambda net, x: -1, "The sign is turned"),
        (lambda net, x: len(x), "Where is the 1/T"),
        (lambda net, x: 1 / len(x), "divided by T once too often"),
        (lambda net, x: net.tau, "Where is the 1/tau"),
        (lambda net, x: 2, "twice too large"),
        (lambda net, x: -len(x), "The sign is turned, and the 1/T"),
        (lambda net, x: 7.3, "right up to a constant factor"),
        (lambda net, x: 1 + net.h0[0], "Right up to a factor, which differs"),
    ],
)
@pytest.mark.parametrize("name", ["bptt", "rtrl", "rflo"])
def test_a_slip_is_named(name, factor, words):
    verdict = check(name, scaled(name, factor))
    assert words in verdict.text
    assert "W_in and W_out are right." in verdict.text
    assert verdict.points(6) == 4


def test_a_slip_and_a_mistake_are_both_named():
    def answer(net, x, y_target):
        W_in, W, W_out = my_rflo(net, x, y_target, decay=lambda net, u: 1)
        return W_in, -W.T, W_out

    text = check("rflo", answer).text
    for words in ("W_in: The trace never leaks.", "W: The trace never leaks. It is transposed. The sign is turned."):
        assert words in text


def my_rflo(net, x, y_target, **mistakes):
    """RFLO of one's own."""
    h, _, y = run_by_loops(net, x)
    error = y_target - y
    p = my_trace(net, x, **mistakes)
    q = my_trace(net, x, presynaptic=x, **mistakes)
    W_in, W = (-np.einsum("tk,ak,tab->ab", error, net.B, trace) / len(x) for trace in (q, p))
    return W_in, W, -error.T @ h[1:] / len(x)


def my_trace(net, x, *, presynaptic=None, decay=lambda net, u: 1 - 1 / net.tau, slope=lambda u: 1 - np.tanh(u) ** 2):
    """A trace of one's own, in which mistakes can be made that no catalogue has."""
    h, u, _ = run_by_loops(net, x)
    before = h if presynaptic is None else presynaptic
    p, found = 0.0, []
    for t in range(len(x)):
        p = decay(net, u[t]) * p + np.outer(slope(u[t]), before[t]) / net.tau
        found.append(p)
    return np.array(found)


def my_credit(net, x, y_target, *, back=lambda net, slope, z: net.W.T @ (slope * z)):
    """Credit of one's own, likewise."""
    _, u, y = run_by_loops(net, x)
    phi_prime, z = 1 - np.tanh(u) ** 2, (y_target - y) @ net.W_out
    for t in range(len(x) - 2, -1, -1):
        z[t] += (1 - 1 / net.tau) * z[t + 1] + back(net, phi_prime[t + 1], z[t + 1]) / net.tau
    return z


def test_functions_of_ones_own_pass():
    """The controls of the next tests: without their mistake, the same functions are right."""
    assert check("rflo-trace", my_trace)
    assert check("rflo", my_rflo)
    assert check("bptt-credit", my_credit)
    for name in ("bptt", "rtrl", "rflo"):
        assert check(name, scaled(name, lambda net, x: 1))
    assert check("net-derivative", derivative_of_loops)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "rflo-trace",
            partial(my_trace, decay=lambda net, u: 1 - 1 / net.tau**2),
            "Right up to index 0, wrong at index 1. Right if tau = 1. So look at the leak",
        ),
        (
            "rflo-trace",
            partial(my_trace, slope=lambda u: np.exp(-np.abs(u))),
            "Wrong from the first step on. Right if activity is so weak that every slope is 1.",
        ),
        (
            "bptt-credit",
            partial(my_credit, back=lambda net, slope, z: np.abs(net.W.T) @ (slope * z)),
            "wrong one step earlier. Right if W = 0. So look at the term that goes through the recurrent weights.",
        ),
        ("bptt-credit", lambda net, x, y_target: np.sin(my_credit(net, x, y_target) + 1), "wrong in the simplest"),
        (
            "net-derivative",
            lambda net, x, y_target: np.round(derivative_of_loops(net, x, y_target), 6),
            "some digits only",
        ),
    ],
)
def test_an_unknown_mistake_gets_a_place(name, answer, words):
    verdict = check(name, answer)
    assert not verdict
    assert words in verdict.text


def derivative_of_loops(net, x, y_target):
    """The derivative with respect to W, by a rule that is exact."""
    return backward(net, x, y_target, net.W_out.T).W


def test_two_unknown_mistakes_get_two_places():
    both = partial(my_trace, decay=lambda net, u: 1 - 1 / net.tau**2, slope=lambda u: np.exp(-np.abs(u)))
    text = check("rflo-trace", both).text
    assert "Right if tau = 1." in text
    assert "Right if activity is so weak" in text


def right(net, x, y_target):
    return my_rflo(net, x, y_target)


def writes(net, x, y_target):
    x *= 2


def writes_into_the_network(net, x, y_target):
    h = net.h0
    h += 1


def raises(net, x, y_target):
    return [][len(x)]


def endless(net, x, y_target):
    while True:
        try:
            x = x + 1
        except Exception:  # must not catch what ends the loop
            x = 0


def recursive(net, x, y_target):
    return recursive(net, x, y_target)


def leaves(net, x, y_target):
    sys.exit()


class Odd(BaseException):
    pass


def odd(net, x, y_target):
    raise Odd("is odd")


def not_written(net, x, y_target):
    raise NotImplementedError


def with_nan(net, x, y_target):
    W_in, W, W_out = right(net, x, y_target)
    return W_in, W * np.nan, W_out


def borrowed(net, x, y_target):
    return rflo.gradient(net, x, y_target)


def borrowed_from_the_check(net, x, y_target):
    return EXERCISES["rflo"].reference(net, x, y_target)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "nothing was given"),
        (np.zeros(3), "a ndarray was given"),
        (not_written, "It is not written yet."),
        (lambda net, x, y_target: None, "It returns None. Is the `return` missing?"),
        (lambda net, x, y_target: {"W": net.W}, "It returns a dict."),
        (lambda net, x, y_target: net.W, "It returns one ndarray, but 3 are asked for: W_in, W and W_out."),
        (lambda net, x, y_target: (net.W, net.W), "It returns 2 things, but 3 are asked for"),
        (lambda net, x, y_target: (net.W_in.T, net.W, net.W_out), "W_in has the shape (3, 5), and should have (5, 3)."),
        (lambda net, x, y_target: (net.W_in.T, net.W, net.W_out), "It is transposed."),
        (lambda net, x, y_target: (net.W_in, "W", net.W_out), "W holds something that is no number."),
        (lambda net, x, y_target: (net.W_in, 1j * net.W, net.W_out), "W is complex."),
        (with_nan, "W holds NaN or infinite values."),
        (writes, "It writes into what it was given. Make a copy before you change it. In line"),
        (writes_into_the_network, "It writes into what it was given."),
        (raises, "It raises IndexError: list index out of range. In line"),
        (raises, "`return [][len(x)]`"),
        (leaves, "It raises SystemExit. In line"),
        (odd, "It raises Odd: is odd. In line"),
        (endless, f"It does not come to an end: after {LINES:,} lines"),
        (recursive, "It calls itself without end."),
        (lambda net: 3, "It could not be called with the arguments of the exercise"),
        (borrowed, "It asks the package: rflo.gradient is called."),
        (borrowed_from_the_check, "It asks the package: rflo.gradient is called."),
    ],
)
def test_what_cannot_be_judged_gets_a_sentence(answer, words):
    verdict = check("rflo", answer)
    assert not verdict
    assert verdict.points(10) == 0
    assert words in verdict.text


def test_the_students_own_interrupt_goes_out():
    def interrupted(net, x, y_target):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("rflo", interrupted)


def test_state_kept_between_calls_is_noticed():
    class Stateful:
        def __init__(self, answer):
            self.answer, self.left = answer, 0.0

        def __call__(self, net, x):
            p = self.answer(net, x) + self.left
            self.left = p[-1]
            return p

    # The problems differ in size; the state of this one does not fit, so it is kept only for equal sizes.
    class Fitting(Stateful):
        def __call__(self, net, x):
            if np.shape(self.left) != net.W.shape:
                self.left = 0.0
            return super().__call__(net, x)

    verdict = check("rflo-trace", Fitting(my_trace))
    assert "The first call is right. Called twice with the same trial, it gives two answers." in verdict.text
    assert check("rflo-trace", my_trace)


def test_arguments_are_as_before():
    before = [[a.copy() for a in (t.net.W, t.x, t.y_target)] for t in PROBLEMS]
    for answer in (right, writes, raises):
        check("rflo", answer)
    for trial, kept in zip(PROBLEMS, before, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip((trial.net.W, trial.x, trial.y_target), kept, strict=True))


def test_what_is_zero_everywhere_is_said_to_be():
    """As where the imaginary part of a complex step is lost."""
    verdict = check("net-derivative", lambda net, x, y_target: 0 * net.W)
    assert not verdict
    assert "It is zero everywhere." in verdict.text
    assert "zero everywhere" not in check("net-derivative", lambda net, x, y_target: net.W).text


def test_a_tracer_that_was_there_is_there_again():
    before = sys.gettrace()
    check("rflo", endless)
    assert sys.gettrace() is before


@pytest.mark.half_second
def test_no_message_holds_a_number_of_the_reference():
    """Decimal numbers appear in no verdict, so none of the answer's can."""
    answers = [committing(name, mistake) for name, mistake in MISTAKES if name == "rflo"]
    for answer in [*answers, scaled("rflo", lambda net, x: 7.3), with_nan]:
        assert not re.search(r"\d\.\d\d", check("rflo", answer).text)


def test_an_unknown_exercise_is_an_error():
    with pytest.raises(ValueError, match=r"name must be one of .*rflo-trace.* but got 'rlfo'"):
        check("rlfo", right)


def two_units(feedback):
    """The network that one can do by hand, in fractions: two units, two steps, phi(u) = u."""
    half = Fraction(1, 2)
    W, W_out, y_target = [[0, 0], [1, 0]], [0, 1], [half, 1]
    h, u = [[Fraction(1), Fraction(0)]], []
    for t in range(2):
        u.append([sum(W[i][j] * h[t][j] for j in range(2)) for i in range(2)])
        h.append([half * h[t][i] + half * u[t][i] for i in range(2)])
    y = [sum(W_out[i] * state[i] for i in range(2)) for state in h[1:]]
    e = [target - out for target, out in zip(y_target, y, strict=True)]
    J = [[half * (i == j) + half * W[i][j] for j in range(2)] for i in range(2)]
    z1 = [w * e[1] for w in W_out]
    z0 = [W_out[i] * e[0] + sum(J[k][i] * z1[k] for k in range(2)) for i in range(2)]
    exact = [[-(z0[a] * h[0][b] + z1[a] * h[1][b]) / 4 for b in range(2)] for a in range(2)]
    p1 = [[half * h[0][b] for b in range(2)] for a in range(2)]
    p2 = [[half * p1[a][b] + half * h[1][b] for b in range(2)] for a in range(2)]
    estimate = [[-feedback[a] * (e[0] * p1[a][b] + e[1] * p2[a][b]) / 2 for b in range(2)] for a in range(2)]
    P1 = [[[half * (j == a) * h[0][b] for b in range(2)] for a in range(2)] for j in range(2)]
    P2 = [
        [[sum(J[j][k] * P1[k][a][b] for k in range(2)) + half * (j == a) * h[1][b] for b in range(2)] for a in range(2)]
        for j in range(2)
    ]
    loss = sum(error**2 for error in e) / 4
    return h, y, loss, z0, z1, exact, p2, estimate, P2


def test_the_answers_by_hand_are_right():
    h, y, loss, z0, z1, exact, p2, rflo_estimate, P2 = two_units([1, 1])
    local = two_units([0, 1])[7]
    cosine = diagnostics.cosine(np.array(exact, float), np.array(local, float))
    shapes = dict(W_in=(5, 2), W_out=(3, 5), B=(5, 3), x=(7, 2), h=(8, 5), u=(7, 5), y=(7, 3), error=(7, 3))
    pairs = sum(s // 4 == t // 4 for s in range(10) for t in range(s, 10))
    z = 1e-30j
    keeps = [
        bool(np.imag(f(np.array([0.5 + z])))[0])
        for f in (np.abs, lambda a: np.maximum(a, 0), lambda a: np.where(a.real > 0, a, 0))
    ]
    assert check("net-hand", h1=h[1], h2=h[2], y=y, loss=loss)
    assert check("net-shapes", **shapes)
    assert check("net-mirror", h="flips", u="flips", y="flips", loss="changes")
    assert check("net-analytic", abs=keeps[0], maximum=keeps[1], where=keeps[2])
    assert check("net-autapse", w=0.9)
    assert check("bptt-hand", z1=z1, z0=z0, dW=exact)
    assert check("bptt-pairs", count=pairs)
    assert check("rtrl-hand", P2_first=P2[0], P2_second=P2[1], dW=np.array(exact, float))
    assert check("rflo-hand", p2=p2, local=local, angle=math.degrees(math.acos(cosine)), rflo=rflo_estimate)


def test_the_sketch_is_that_of_one_synapse():
    """Activity in one step, an error in another: the signs of trace and change at the error (Eqs. 5-6)."""
    cases = {"A": (1, 1, 2, 5, 1), "B": (-1, 1, 2, 5, -1), "C": (1, 1, 5, 2, 1), "D": (1, 0, 2, 5, 1)}
    traces, changes = [], []
    for pre, slope, at, of_error, error in cases.values():
        phi_prime, h = np.full((8, 1), float(slope)), np.zeros((8, 1))
        h[at] = pre
        p = follow(PROBLEMS[0].net, phi_prime, h)[of_error, 0, 0]
        traces.append(np.sign(p))
        changes.append(np.sign(error * p))
    assert check("rflo-sketch", traces=traces, changes=changes)
    assert not check("rflo-sketch", traces=changes, changes=changes)


def test_the_parabola_is_that_of_a_unit_that_learns():
    w, v, b, y_target, rate, losses = 0.1, -0.8, 1, 1, 1e-5, []
    while w < 1:
        e = y_target - v * w
        losses.append(e**2 / 2)
        w, v = w + rate * b * e, v + rate * e * w
    assert losses[1] > losses[0]
    threshold = -(0.1**2) / b
    for start, rises in ((threshold - 1e-3, True), (threshold + 1e-3, False)):
        e = y_target - start * 0.1
        after = y_target - (start + rate * e * 0.1) * (0.1 + rate * b * e)
        assert (after**2 > e**2) == rises
    assert check("rflo-parabola", v=round(v, 3), threshold=threshold)


def test_new_references_of_rflo_are_right():
    """Against the package's kernels, and against the loss itself."""
    for net, x, y_target, _ in PROBLEMS:
        reference = {name: EXERCISES[f"rflo-{name}"].reference for name in ("tau-e", "snap", "shares")}
        local = rflo.gradient(net, x, y_target)
        assert reference["tau-e"](net, x, y_target, net.tau) == pytest.approx(local.W, rel=1e-9)
        assert reference["snap"](net, x, y_target) == pytest.approx(snap1.rule.gradient(net, x, y_target).W, rel=1e-9)
        rate = 1e-6
        parts = reference["shares"](net, x, y_target, rate)
        for part, name in zip(parts, ("W", "W_out"), strict=True):
            moved = [
                replace(net, **{name: getattr(net, name) - sign * rate * getattr(local, name)}).loss(x, y_target)
                for sign in (1, -1)
            ]
            assert part == pytest.approx((moved[0] - moved[1]) / 2, rel=1e-5)


def test_what_is_right_on_average_is_right_on_average():
    """The mean over all coins, and over a complete set of directions or noises, is the gradient."""
    net, x, y_target, _ = PROBLEMS[1]
    trial = net, x[:2], y_target[:2]
    exact = bptt.gradient(*trial).W
    coins = np.array(list(product((-1.0, 1.0), repeat=2 * net.n_rec))).reshape(-1, 2, net.n_rec)
    for options, is_right in (({}, True), ({"row": "own"}, False), ({"order": "coin first"}, False)):
        mean = np.mean([EXERCISES["rtrl-uoro"].reference(*trial, coin, **options) for coin in coins], axis=0)
        assert (diagnostics.relative_error(mean, exact) < EXACT) == is_right
    n = net.n_rec**2
    directions = np.linalg.qr(np.random.default_rng(0).normal(size=(n, n)))[0].reshape(-1, net.n_rec, net.n_rec)
    estimates = [EXERCISES["net-perturb"].reference(*trial, v) for v in directions]
    assert diagnostics.relative_error(np.sum(estimates, axis=0), exact) < EXACT
    noises, sigma = np.eye(2 * net.n_rec).reshape(-1, 2, net.n_rec), 1e-6
    estimates = [EXERCISES["rflo-reward"].reference(*trial, xi, sigma) for xi in noises]
    assert diagnostics.relative_error(np.sum(estimates, axis=0), exact) < 10 * sigma


def test_the_growth_of_a_change_is_that_of_two_runs():
    for net, x, _, seed in PROBLEMS:
        v = np.random.default_rng(seed).normal(size=net.n_rec)
        nudged = replace(net, h0=net.h0 + 1e-30j * v).run(x).h[-1].imag / 1e-30
        rate = np.log(np.linalg.norm(nudged) / np.linalg.norm(v)) / len(x)
        assert EXERCISES["net-lyapunov"].reference(net, x, v) == pytest.approx(rate, rel=1e-9)
        alone = EXERCISES["net-lyapunov"].reference(replace(net, W=0 * net.W), x, v)
        assert alone == pytest.approx(np.log(1 - 1 / net.tau), rel=1e-9)


def test_who_moves_first():
    net, x, y_target, _ = PROBLEMS[0]
    silent = replace(net, W_out=0 * net.W_out)
    vanish = {
        f"{name}_{part}": not getattr(rule.gradient(silent, x, y_target), part).any()
        for name, rule in {"bptt": bptt, "rflo": rflo}.items()
        for part in ("W_in", "W", "W_out")
    }
    assert check("bptt-first", **vanish)


def test_wrong_answers_by_hand_are_told_apart():
    verdict = check("net-hand", h1=(0.5, 0.5), h2=0.25, y=(1, 2), loss=Fraction(1, 8))
    assert not verdict
    assert verdict.points(4) == 1
    for line in ("h2: an array of shape (2,) is asked for.", "y: no.", "loss: The mean over the T steps is missing."):
        assert line in verdict.text
    assert "Give these by name: h1, h2, y, loss." in check("net-hand", 3).text
    assert "loss: still to come." in check("net-hand", h1=(0.5, 0.5)).text
    assert "Give numbers, letters" in check("net-hand", loss=None).text
    assert "bptt_W_in: no." in check("bptt-first", bptt_W_in=1).text  # a number is no truth value


def test_no_answer_by_hand_stands_in_the_source():
    with open(by_hand.__file__) as file:
        source = file.read().split("ANSWERS = {")[1]
    assert not re.search(r"(?<![0-9a-f\"])(0\.\d|1/16|24\.)", source)


@pytest.mark.half_second
def test_autograd_agrees_with_the_catalogues_bptt():
    for net, x, y_target, _ in PROBLEMS:
        assert worst_error(EXERCISES["bptt"].reference(net, x, y_target), torch_gradient(net, x, y_target)) < EXACT
