"""A problem set that is drawn from a seed: a sheet for students and a key for the one who teaches.

``python -m rnn_book.problems 2027 --out problems`` writes both. The seed draws the numbers, the loss and the hidden
mistakes, so that the answers are in no book.
"""

import argparse
import hashlib
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from rnn_book.checks import EXERCISES
from rnn_book.two_units import work_out
from rnn_tutorial import Gradients, Network, _check, bptt, diagnostics, rflo, tasks, train
from rnn_tutorial.store import write_whole

__all__ = ["BlackBox", "gradient_of", "open_box", "sheet_and_key"]

BOXES = [(rule, mistake) for rule in ("bptt", "rflo") for mistake in EXERCISES[rule].mistakes]


class BlackBox:
    """A rule with one hidden mistake; `check` does not open it.

    Called as a rule is: ``box(net, x, y_target)``, and it returns Gradients.
    """

    opaque = True

    def __init__(self, rule, mistake):
        self._rule = partial(EXERCISES[rule].reference, **EXERCISES[rule].mistakes[mistake].options)

    def __call__(self, net, x, y_target):
        """What the wrong rule returns for a trial."""
        return Gradients(*self._rule(net, x, y_target))

    def __repr__(self):
        return "BlackBox(...)"


def _content(code):
    """The rule and the mistake behind a code."""
    number = int(hashlib.sha256(f"black box {code}".encode()).hexdigest(), 16)
    return BOXES[number % len(BOXES)]


def open_box(code):
    """The black box of a problem sheet.

    Parameters
    ----------
    code : str
        As on the sheet.

    Returns
    -------
    BlackBox
    """
    _check.instance("code", code, str)
    return BlackBox(*_content(code))


# The losses of problem 3: in words, as weights of the steps' squared errors, and what changes in BPTT.
LOSSES = {
    "late errors count more": (
        "$L = \\frac{{1}}{{2T}} \\sum_t {gamma}^{{T-1-t}} \\sum_o \\varepsilon_{{t,o}}^2$",
        lambda T, gamma, k: gamma ** np.arange(T - 1, -1, -1),
        "The direct credit of step t is multiplied by {gamma}^(T-1-t). So is error[t] in the readout's gradient.",
    ),
    "early errors count more": (
        "$L = \\frac{{1}}{{2T}} \\sum_t {gamma}^{{t}} \\sum_o \\varepsilon_{{t,o}}^2$",
        lambda T, gamma, k: gamma ** np.arange(T),
        "The direct credit of step t is multiplied by {gamma}^t. So is error[t] in the readout's gradient.",
    ),
    "every so many steps": (
        "$L = \\frac{{1}}{{2T}} \\sum_t \\sum_o \\varepsilon_{{t,o}}^2$, where the sum runs only over the steps $t$ "
        "for which $t + 1$ is a multiple of {k}",
        lambda T, gamma, k: (np.arange(1, T + 1) % k == 0).astype(float),
        "The direct credit is zero but at the steps that count. Credit still goes back through all the others.",
    ),
}


def _told(value):
    """Numbers as on paper."""
    if isinstance(value, (list, np.ndarray)):
        return "(" + ", ".join(map(_told, value)) + ")"
    return str(value)


def sheet_and_key(seed):
    """The texts of a problem set.

    Parameters
    ----------
    seed : int

    Returns
    -------
    sheet, key : str
        In Markdown.
    """
    seed = _check.integer("seed", seed, at_least=0)
    rng = np.random.default_rng([seed, 77])
    pick = lambda *options: options[rng.integers(len(options))]  # noqa: E731

    h0 = [pick(1, -1, 2, Fraction(1, 2)), pick(0, 1, Fraction(-1, 2))]
    w, tau = pick(1, -1, 2, Fraction(1, 2), Fraction(-3, 2)), pick(2, 4)
    y_target, B = [pick(0, 1, Fraction(1, 2)), pick(1, 2, Fraction(-1, 2))], [pick(1, -1, 2), pick(1, -1)]
    hand = work_out(h0, w, tau, y_target, B)

    n, gigabytes = pick(250, 400, 600, 1000), pick(1, 2, 4)
    fits = gigabytes * 10**9 // (8 * 2 * n)
    crossing = n**2 // 2

    loss = pick(*LOSSES)
    gamma, k = pick(0.8, 0.9, 0.95), pick(3, 4, 5)
    formula, _, change = LOSSES[loss]
    formula, change = formula.format(gamma=gamma, k=k), change.format(gamma=gamma, k=k)

    code = f"{rng.integers(16**6):06x}"
    rule, mistake = _content(code)

    period, first = pick(60, 80, 120), int(rng.integers(100, 1000))
    task = tasks.sum_of_sines(int(period))
    angles = {"before": [], "after": []}
    for s in range(first, first + 5):
        net = Network.random(task.n_in, 30, 1, seed=s)
        trained = train(net, task, "rflo", 300, 0.03).network
        for when, network in (("before", net), ("after", trained)):
            exact = bptt.gradient(network, task.x, task.y_target).W
            angles[when].append(diagnostics.angle(rflo.gradient(network, task.x, task.y_target).W, exact))

    sheet = f"""# Problem set {seed}

**1. By hand (4 points).** Two units, $\\tau = {tau}$, and $\\phi(u) = u$. The only recurrent weight is $W_{{21}}
= {w}$, from unit 1 to unit 2. The output reads unit 2 with weight 1. $h_0 = {_told(h0)}$, the targets are
${_told(y_target)}$, and $T = 2$. Find $z_1$, $z_0$, the gradient of $W$, the traces $p_2$, and RFLO's estimate
with $B = {_told(B)}$. Use fractions. Check that RFLO's estimate and the gradient agree where they must.

**2. Does it fit? (3 points).** A network has {n} units, and a computer has {gigabytes} GB for it, in numbers of 8
bytes. How many numbers does RTRL keep for the recurrent weights, and does it fit? Up to which length of a trial
does BPTT fit, if it keeps $h$ and $u$ of each step? At which length do the two need the same memory?

**3. Another loss (6 points).** Derive BPTT for {formula}. Say which lines of the derivation change, and which do
not. Write it, and test it by the complex step.

**4. A black box (6 points).** `from rnn_book.problems import open_box`, then `box = open_box("{code}")` is a
rule, called as `box(net, x, y_target)`. It claims to be {rule.upper()}. It is wrong in one place. Find the place
from outside: predict what each test would show, then run it. Hand in the tests in the order in which you made
them, those that saw nothing too.

**5. Measure (5 points).** The sum of sines with a period of {period} steps, 30 units, no input, seeds {first} to
{first + 4}, 300 trials of RFLO at a rate of 0.03. Predict the angle of RFLO's update of $W$ to the gradient,
before and after. Measure it. Say what five networks allow you to say, and what not.
"""
    key = f"""# Key to problem set {seed}

**1.** z1 = {_told(hand.z[1])}, z0 = {_told(hand.z[0])}, gradient {_told(hand.bptt)}, p2 =
{_told(hand.p[2])}, RFLO {_told(hand.rflo)}. They agree in the second row up to the factor B of unit 2 only if
nothing that unit 2 does comes back to it, which is so here.

**2.** RTRL: {n}^3 = {n**3:,} numbers, {8 * n**3 / 1e9:.2f} GB: it {
        "fits" if 8 * n**3 <= gigabytes * 10**9 else "does not fit"
    }. BPTT: up to {fits:,} steps. Equal at T = N^2 / 2 = {crossing:,} steps.

**3.** {change} Nothing else changes: the way back does not know the loss.
`rnn_book.problems.gradient_of("{loss}", {gamma}, {k})` is a right one.

**4.** {rule.upper()} with: {mistake}. "{EXERCISES[rule].mistakes[mistake].sentence}"

**5.** Angles before: {", ".join(f"{a:.0f}" for a in angles["before"])} degrees, median
{np.median(angles["before"]):.0f}. After: {", ".join(f"{a:.0f}" for a in angles["after"])}, median
{np.median(angles["after"]):.0f}. On another machine a trained network may differ. Five networks show a direction
at best; an interval for the median needs at least six.
"""
    return sheet, key


def gradient_of(loss, gamma, k):
    """A rule for one of the losses of problem 3.

    Parameters
    ----------
    loss : str
        A key of ``LOSSES``.
    gamma : float
    k : int

    Returns
    -------
    callable
        ``rule(net, x, y_target)``, the gradient by BPTT.
    """
    _check.choice("loss", loss, LOSSES)

    def rule(net, x, y_target):
        h, u, y = net.run(x)
        T, tau = len(x), net.tau
        error = LOSSES[loss][1](T, gamma, k)[:, np.newaxis] * (y_target - y)
        phi_prime, z = 1 - np.tanh(u) ** 2, error @ net.W_out
        for t in range(T - 2, -1, -1):
            z[t] += (1 - 1 / tau) * z[t + 1] + net.W.T @ (phi_prime[t + 1] * z[t + 1]) / tau
        credit = phi_prime * z / (tau * T)
        return Gradients(-credit.T @ x, -credit.T @ h[:-1], -error.T @ h[1:] / T)

    return rule


def main():
    """Write the sheet and the key."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("--out", type=Path, default=Path("problems"))
    options = parser.parse_args()
    try:
        texts = sheet_and_key(options.seed)
    except ValueError as error:
        parser.error(str(error))
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in zip(("sheet", "key"), texts, strict=True):
        path = options.out / f"{name}-{options.seed}.md"
        write_whole(path, text.encode())
        print(path)


if __name__ == "__main__":
    main()
