"""Write test vectors: small problems with what each rule makes of them, for code in any language to check itself.

``python -m rnn_tutorial.vectors FOLDER`` writes those that stand in ``tests/vectors``, whose README tells the format;
with ``--seeds 100 200``, problems of these seeds instead. The 50 digits need mpmath.
"""

import argparse
import importlib.util
import json
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from rnn_tutorial import Network, Task, _check, bptt, rflo, train
from rnn_tutorial.diagnostics import alignment, angle
from rnn_tutorial.rules import RULES
from rnn_tutorial.store import write_whole

__all__ = ["in_digits", "main", "of_draw", "of_problem", "of_training", "problem"]

FORMAT = 1  # changes when an entry of a file takes on another meaning
GRADIENTS = [
    ("bptt", {}),
    ("bptt", {"feedback": "B"}),
    ("bptt", {"truncation": 3}),
    ("bptt", {"feedback": "B", "truncation": 1}),
    ("rtrl", {}),
    ("rtrl", {"feedback": "B"}),
    ("rflo", {}),
    ("rflo", {"feedback": "W_out"}),
]
BLAME = [
    ("bptt", {}),
    ("bptt", {"feedback": "B"}),
    ("bptt", {"truncation": 3}),
    ("rflo", {}),
    ("rflo", {"feedback": "W_out"}),
]
TRAININGS = {
    "bptt": {"rule": "bptt"},
    "bptt-bounded": {"rule": "bptt", "max_norm": 0.1},
    "rtrl-step": {"rule": "rtrl", "update": "step"},
    "rflo": {"rule": "rflo"},
    "rflo-step": {"rule": "rflo", "update": "step", "options": {"feedback": "W_out"}},
}
DRAWS = {
    "small": {"n_in": 2, "n_rec": 5, "n_out": 2, "tau": 8.0, "g": 0.9, "seed": 11, "h0": 0.2},
    "usual": {"n_in": 0, "n_rec": 30, "n_out": 1, "tau": 10.0, "g": 1.5, "seed": 2},
}
SHAPES = [  # n_in, n_rec, n_out, T, tau
    (1, 1, 1, 1, 1.0), (0, 2, 1, 5, 1.0), (2, 3, 1, 1, 4.0), (1, 4, 2, 7, 2.5), (0, 5, 1, 9, 10.0), (3, 4, 3, 6, 1.0),
    (1, 6, 1, 10, 5.0), (2, 5, 2, 8, 1.5), (0, 6, 2, 9, 20.0), (1, 3, 1, 12, 3.0), (3, 2, 1, 11, 7.0),
    (1, 7, 1, 8, 10.0),
]  # fmt: skip


def problem(seed):
    """A network and a task with random numbers; the first seeds have the shapes of SHAPES, the others any."""
    _check.integer("seed", seed, at_least=0)
    rng = np.random.default_rng([seed, 14])
    drawn = (*rng.integers([0, 1, 1, 1], [4, 8, 4, 13]), rng.uniform(1, 20))
    n_in, n_rec, n_out, T, tau = SHAPES[seed] if seed < len(SHAPES) else drawn
    net = Network(
        W_in=rng.normal(0, 1, (n_rec, n_in)),
        W=rng.normal(0, 1.5 / np.sqrt(n_rec), (n_rec, n_rec)),
        W_out=rng.normal(0, 1, (n_out, n_rec)),
        B=rng.normal(0, 1, (n_rec, n_out)),
        tau=tau,
        h0=rng.uniform(-0.5, 0.5, n_rec),
    )
    return net, Task(rng.normal(0, 1, (T, n_in)), rng.normal(0, 1, (T, n_out)), f"random {seed}")


def blame_map(net, task, i, j, rule, feedback=None, truncation=None):
    """What the use of the synapse from j to i at step s adds to the gradient through the error at step t, (T, T).

    The change of the state by each use is carried forward with the network; by RFLO, only what stays at unit i.
    """
    h, u, y = net.run(task.x)
    carried = (task.y_target - y) @ net.feedback(feedback or RULES[rule].feedback).T
    blame, dh = np.zeros((task.T, task.T)), np.zeros((net.n_rec, task.T))  # dh[:, s]: by the use at step s
    for t in range(task.T):
        if truncation and t % truncation == 0:
            dh[:] = 0
        phi_prime = 1 - np.tanh(u[t]) ** 2
        J = (1 - 1 / net.tau) * np.eye(net.n_rec)
        if rule != "rflo":
            J += phi_prime[:, np.newaxis] * net.W / net.tau
        dh = J @ dh
        dh[i, t] += phi_prime[i] * h[t, j] / net.tau
        blame[:, t] = -(carried[t] @ dh) / task.T
    return blame


def lists(arrays):
    """A NamedTuple of arrays as a dict of nested lists."""
    return {name: array.tolist() for name, array in arrays._asdict().items()}


def of_network(net):
    """A network as JSON."""
    return {"tau": net.tau, **{name: getattr(net, name).tolist() for name in ("h0", "W_in", "W", "W_out", "B")}}


def of_task(task):
    """A task as JSON."""
    return {"x": task.x.tolist(), "y_target": task.y_target.tolist()}


def of_problem(seed):
    """Everything that the package says of one problem."""
    net, task = problem(seed)
    trial = (net, task.x, task.y_target)
    i, j = seed % net.n_rec, (3 * seed + 1) % net.n_rec
    between = angle(rflo.gradient(*trial).W, bptt.gradient(*trial).W)
    return {
        "network": of_network(net),
        "task": of_task(task),
        "forward": lists(net.run(task.x)),
        "loss": net.loss(task.x, task.y_target),
        "gradients": [
            {"rule": name, "options": options, **lists(RULES[name].gradient(*trial, **options))}
            for name, options in GRADIENTS
        ],
        "contributions": [
            {"rule": name, "options": {}, **lists(RULES[name].contributions(*trial))} for name in ("rtrl", "rflo")
        ],
        "blame": [
            {
                "rule": name,
                "options": options,
                "i": i,
                "j": j,
                "map": blame_map(net, task, i, j, name, **options).tolist(),
            }
            for name, options in BLAME
        ],
        "alignment": alignment(net),
        "angle": {"rule": "rflo", "to": "bptt", "W": between if np.isfinite(between) else None},
    }


def in_digits(seed, n=50):
    """The loss of a problem, its gradient and RFLO's estimate in so many decimal digits, by the equations alone."""
    import mpmath

    net, task = problem(seed)
    with mpmath.workdps(_check.integer("n", n, at_least=1) + 10):
        exact = np.vectorize(mpmath.mpf, otypes=[object])
        tanh, cosh = (np.vectorize(f, otypes=[object]) for f in (mpmath.tanh, mpmath.cosh))
        W_in, W, W_out, B, x, y_target, h0 = map(exact, (*net.weights, net.B, task.x, task.y_target, net.h0))
        leak, T, zero = 1 - 1 / mpmath.mpf(net.tau), task.T, exact(np.zeros(net.n_rec))
        h, slope = [h0], []
        for t in range(T):
            u = zero + W.dot(h[t]) + (W_in * x[t]).sum(axis=1)
            slope.append(1 / cosh(u) ** 2 / net.tau)
            h.append(leak * h[t] + tanh(u) / net.tau)
        error = [y_target[t] - W_out.dot(h[t + 1]) for t in range(T)]

        def gradient(feedback, recurrent):
            z, credit = zero, [zero] * T
            for t in reversed(range(T)):
                through = credit[t + 1].dot(W) if recurrent and t + 1 < T else zero
                z = feedback.dot(error[t]) + leak * z + through
                credit[t] = slope[t] * z
            pairs = ((credit, x), (credit, h), (error, h[1:]))
            return [-sum(np.multiply.outer(c[t], pre[t]) for t in range(T)) / T for c, pre in pairs]

        def text(a):
            return [text(row) for row in a] if isinstance(a, np.ndarray | list) else mpmath.nstr(a, n)

        by_rule = {"bptt": gradient(W_out.T, True), "rflo": gradient(B, False)}
        return {
            "problem": f"problem-{seed:02}",
            "loss": text(sum((e**2).sum() for e in error) / (2 * T)),
            "gradients": [
                {"rule": name, **{part: text(a) for part, a in zip(("W_in", "W", "W_out"), arrays, strict=True)}}
                for name, arrays in by_rule.items()
            ],
        }


def of_training(rule, update: Literal["trial", "step"] = "trial", max_norm=None, options=None, n_trials=40):
    """A short training of the package."""
    options = options or {}
    net = Network.random(1, 8, 1, tau=4.0, seed=3)
    t = np.arange(24)
    task = Task(np.cos(t / 3)[:, np.newaxis], np.sin(t[:, np.newaxis] / 4), "short")
    rates = {"W_in": 0.05, "W": 0.1, "W_out": 0.2}
    history = train(net, task, rule, n_trials, rates, update, progress=False, max_norm=max_norm, **options)
    return {
        "network": of_network(net),
        "task": of_task(task),
        "rule": rule,
        "options": options,
        "update": update,
        "max_norm": max_norm,
        "learning_rate": rates,
        "n_trials": n_trials,
        "loss": history.loss.tolist(),
        "alignment": history.alignment.tolist(),
        "weights": lists(history.network.weights),
    }


def of_draw(**settings):
    """A network as `Network.random` draws it."""
    return {"settings": settings, "network": of_network(Network.random(**settings))}


def contents(seeds):
    """From names of files to functions that make what stands in them."""
    return {
        **{f"problem-{seed:02}": partial(of_problem, seed) for seed in seeds},
        **{f"digits-{seed:02}": partial(in_digits, seed) for seed in seeds},
        **{f"training-{name}": partial(of_training, **settings) for name, settings in TRAININGS.items()},
        **{f"draw-{name}": partial(of_draw, **settings) for name, settings in DRAWS.items()},
    }


def main(arguments=None):
    """Write the files, an entry a line."""
    parser = argparse.ArgumentParser(prog="python -m rnn_tutorial.vectors")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", nargs=2, type=int, metavar=("FIRST", "END"), default=(0, len(SHAPES)))
    given = parser.parse_args(arguments)
    if importlib.util.find_spec("mpmath") is None:
        parser.error("the 50 digits need mpmath: pip install mpmath")
    if not 0 <= given.seeds[0] < given.seeds[1]:
        parser.error(f"argument --seeds: FIRST must be at least 0 and less than END, but got {given.seeds}")
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, make in contents(range(*given.seeds)).items():
        content = {"format": FORMAT, **make()}
        entries = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
        write_whole(given.folder / f"{name}.json", ("{\n" + ",\n".join(entries) + "\n}\n").encode())


if __name__ == "__main__":
    main()
