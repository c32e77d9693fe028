"""`make bench`: how fast is it? One run, every ratio measured side by side; written to book/data/speed.json.

Each contender trains a network of the same size on the same task, with the update, in a process of its own kind: one
thread with Numba, one thread without, or two threads. The contenders take turns, and the median over the turns counts,
so that a machine which is busy for a while slows them all down alike. Ratios mean something; milliseconds are of one
machine.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from rnn_book.experiments import commit_of_sources
from rnn_tutorial import Network, tasks, train, train_ensemble
from rnn_tutorial.store import write_whole

ROOT = Path(__file__).resolve().parent.parent
RATE, TAU = 0.003, 10.0
SIZES = [(50, 100), (200, 1000)]  # units, steps
N_NETWORKS = 32
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
KINDS = {
    "one thread": ONE_THREAD,
    "without Numba": ONE_THREAD | {"RNN_TUTORIAL_NO_NUMBA": "1"},
    "two threads": ONE_THREAD | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads=2"},
}


# The contenders: each makes a function that trains for some trials.


@cache
def problem(n_rec, T):
    """The network and the task that all train."""
    return Network.random(1, n_rec, 1, tau=TAU), tasks.sum_of_sines(T)


def ours(n_rec, T, rule, update="trial", **options):
    """One of our rules."""
    net, task = problem(n_rec, T)
    return lambda n: train(net, task, rule, n, RATE, update, progress=False, **options)


def textbook_bptt(n_rec, T):
    """BPTT as one would first write it in NumPy: a rank-one update each step."""
    net, task = problem(n_rec, T)

    def run(n):
        W_in, W, W_out = (w.copy() for w in net.weights)
        for _ in range(n):
            h, u = [net.h0], []
            for x in task.x:
                u.append(W @ h[-1] + W_in @ x)
                h.append(h[-1] + (-h[-1] + np.tanh(u[-1])) / TAU)
            error = [y - W_out @ h[t + 1] for t, y in enumerate(task.y_target)]
            dW_in, dW, dW_out = np.zeros_like(W_in), np.zeros_like(W), np.zeros_like(W_out)
            z = np.zeros(n_rec)
            for t in reversed(range(T)):
                z = z + W_out.T @ error[t]
                credit = (1 - np.tanh(u[t]) ** 2) * z / TAU
                dW_in += np.outer(credit, task.x[t])
                dW += np.outer(credit, h[t])
                dW_out += np.outer(error[t], h[t + 1])
                z = (1 - 1 / TAU) * z + W.T @ credit
            for w, dw in ((W_in, dW_in), (W, dW), (W_out, dW_out)):
                w += RATE / T * dw

    return run


def textbook_online_rflo(n_rec, T):
    """Online RFLO as one would first write it in NumPy."""
    net, task = problem(n_rec, T)

    def run(n):
        W_in, W, W_out = (w.copy() for w in net.weights)
        for _ in range(n):
            h, p, q = net.h0, np.zeros_like(W), np.zeros_like(W_in)
            for x, y in zip(task.x, task.y_target, strict=True):
                u = W @ h + W_in @ x
                slope = 1 - np.tanh(u) ** 2
                p = (1 - 1 / TAU) * p + np.outer(slope, h) / TAU
                q = (1 - 1 / TAU) * q + np.outer(slope, x) / TAU
                h = h + (-h + np.tanh(u)) / TAU
                error = y - W_out @ h
                fed_back = (net.B @ error)[:, np.newaxis]
                W += RATE / T * fed_back * p
                W_in += RATE / T * fed_back * q
                W_out += RATE / T * np.outer(error, h)

    return run


def pytorch_bptt(n_rec, T):
    """PyTorch, eager: the gradient by its own automatic differentiation."""
    import torch

    torch.set_num_threads(1)
    net, task = problem(n_rec, T)
    W_in, W, W_out = weights = [torch.tensor(w, requires_grad=True) for w in net.weights]
    x, y_target, h0 = (torch.tensor(a) for a in (task.x, task.y_target, net.h0))

    def run(n):
        for _ in range(n):
            h, y = h0, []
            for t in range(T):
                h = h + (-h + torch.tanh(W @ h + W_in @ x[t])) / TAU
                y.append(W_out @ h)
            loss = ((y_target - torch.stack(y)) ** 2).sum() / (2 * T)
            gradients = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for w, g in zip(weights, gradients, strict=True):
                    w -= RATE * g

    return run


def jax_step(n_rec, T):
    """One update in JAX: the gradient of a scan, not yet compiled; and what it starts from."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    net, task = problem(n_rec, T)
    x, y_target, h0 = (jnp.array(a) for a in (task.x, task.y_target, net.h0))

    def loss(weights):
        W_in, W, W_out = weights

        def step(h, x):
            h = h + (-h + jnp.tanh(W @ h + W_in @ x)) / TAU
            return h, W_out @ h

        return jnp.sum((y_target - jax.lax.scan(step, h0, x)[1]) ** 2) / (2 * T)

    def update(weights):
        return jax.tree.map(lambda w, g: w - RATE * g, weights, jax.grad(loss)(weights))

    return update, tuple(jnp.array(w) for w in net.weights)


def jax_bptt(n_rec, T):
    """JAX, compiled."""
    import jax

    update, start = jax_step(n_rec, T)
    update = jax.jit(update)

    def run(n):
        weights = start
        for _ in range(n):
            weights = update(weights)
        jax.block_until_ready(weights)

    return run


def jax_ensemble(n_rec, T):
    """Networks side by side in JAX, as one compiled vmap; n counts trials of one network."""
    import jax
    import jax.numpy as jnp

    update, start = jax_step(n_rec, T)
    update = jax.jit(jax.vmap(update))
    start = tuple(jnp.stack([w] * N_NETWORKS) for w in start)

    def run(n):
        weights = start
        for _ in range(-(-n // N_NETWORKS)):
            weights = update(weights)
        jax.block_until_ready(weights)

    return run


def our_ensemble(n_rec, T, n_threads=2, rule="bptt"):
    """Networks on threads, by our own ensembles; n counts trials of one network."""
    _, task = problem(n_rec, T)

    def run(n):
        with ThreadPoolExecutor(n_threads) as executor:
            train_ensemble(
                task, range(N_NETWORKS), executor=executor, n_rec=n_rec, rule=rule, learning_rate=RATE,
                n_trials=-(-n // N_NETWORKS), progress=False,
            )  # fmt: skip

    return run


def product(n_rows, n_columns):
    """A matrix product ``(n_rows, n_rows) @ (n_rows, n_columns)``, into a place that is there already."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(n_rows, n_rows)), rng.normal(size=(n_rows, n_columns))
    out = np.empty_like(b)

    def run(n):
        for _ in range(n):
            np.dot(a, b, out)

    return run


@cache
def make(name, arguments):
    """A contender, ready to run, in this process."""
    return globals()[name](*arguments[0], **dict(arguments[1]))


def measure(name, arguments, n):
    """Seconds for each of n trials."""
    run = make(name, arguments)
    begin = time.perf_counter()
    run(n)
    return (time.perf_counter() - begin) / n


def enough(name, arguments, least):
    """Warm up, and say how many trials take `least` seconds; for networks side by side, whole rounds of them."""
    run, n = make(name, arguments), N_NETWORKS if name.endswith("ensemble") else 1
    run(n)
    while True:
        begin = time.perf_counter()
        run(n)
        seconds = time.perf_counter() - begin
        if seconds > least / 2:
            return n
        n = n * max(2, min(10, int(least / seconds)))


def take_turns(pools, contenders, rounds, least=0.3):
    """The median seconds a trial of each contender, ``{label: (kind, name, positional, keyword)}``."""
    calls = {
        label: (pools[kind], name, (positional, tuple(keyword.items())))
        for label, (kind, name, positional, keyword) in contenders.items()
    }
    n = {label: pool.submit(enough, *call, least).result() for label, (pool, *call) in calls.items()}
    seconds = {label: [] for label in calls}
    for _ in range(rounds):
        for label, (pool, *call) in calls.items():
            seconds[label].append(pool.submit(measure, *call, n[label]).result())
    for label, values in seconds.items():
        print(f"  {label:42s} {1e3 * statistics.median(values):12.4f} ms", flush=True)
    return {label: statistics.median(values) for label, values in seconds.items()}


# The tables


def rules_at(pools, n_rec, T):
    """All contenders at one size."""
    one, plain, size = "one thread", "without Numba", (n_rec, T)
    contenders = {
        "BPTT": (one, "ours", size, {"rule": "bptt"}),
        "RFLO": (one, "ours", size, {"rule": "rflo"}),
        "RFLO, online": (one, "ours", size, {"rule": "rflo", "update": "step"}),
        "RTRL in blocks": (one, "ours", size, {"rule": "rtrl", "block": n_rec}),
        "BPTT, without Numba": (plain, "ours", size, {"rule": "bptt"}),
        "RFLO, without Numba": (plain, "ours", size, {"rule": "rflo"}),
        "RFLO, online, without Numba": (plain, "ours", size, {"rule": "rflo", "update": "step"}),
        "BPTT, textbook NumPy": (plain, "textbook_bptt", size, {}),
        "RFLO, online, textbook NumPy": (plain, "textbook_online_rflo", size, {}),
        "BPTT, PyTorch": (one, "pytorch_bptt", size, {}),
        "BPTT, JAX": (one, "jax_bptt", size, {}),
    }
    if n_rec <= 50:  # n^4 steps would take the better part of an hour beyond
        contenders["RTRL"] = (one, "ours", size, {"rule": "rtrl"})
    ms = {label: 1e3 * s for label, s in take_turns(pools, contenders, 7).items()}
    # Two products of a matrix and a vector a step and one outer product, of 2 n^2 operations each; RFLO saves one.
    return {"n_rec": n_rec, "T": T, "ms": ms, "operations": {"BPTT": 6 * n_rec**2 * T, "RFLO": 4 * n_rec**2 * T}}


def products(pools):
    """RTRL's product with its sensitivities, against the best that the library does with large matrices."""
    shapes = {f"n = {n}": (n, n**2) for n in (50, 100, 200)} | {"peak": (1000, 1000), "peak, wide": (500, 4000)}
    contenders = {label: ("one thread", "product", shape, {}) for label, shape in shapes.items()}
    seconds = take_turns(pools, contenders, 9)
    rate = {label: 2 * rows**2 * columns / seconds[label] / 1e9 for label, (rows, columns) in shapes.items()}
    peak = max(rate.values())
    return {"gigaflops": rate, "peak": peak, "share": {k: r / peak for k, r in rate.items() if k.startswith("n =")}}


def blocks(pools):
    """RTRL in blocks against plain RTRL."""
    table = []
    for n_rec, T in ((50, 100), (100, 100), (50, 1000)):
        contenders = {"plain": ("one thread", "ours", (n_rec, T), {"rule": "rtrl"})} | {
            f"block {k}": ("one thread", "ours", (n_rec, T), {"rule": "rtrl", "block": k})
            for k in (10, 20, 25, 50, 100)
        }
        ms = {label: 1e3 * s for label, s in take_turns(pools, contenders, 3).items()}
        table.append({"n_rec": n_rec, "T": T, "ms": ms})
    return table


def scaling(pools):
    """Time against network size and trial length, and the exponents of the larger half."""
    rules = {
        "BPTT": {"rule": "bptt"},
        "RFLO": {"rule": "rflo"},
        "RFLO, online": {"rule": "rflo", "update": "step"},
        "RTRL": {"rule": "rtrl"},
        "RTRL in blocks": {"rule": "rtrl", "block": "n_rec"},
    }
    axes = {"n_rec": [(n, 256) for n in (16, 32, 64, 128, 256, 512)], "T": [(32, T) for T in (64, 256, 1024, 4096)]}
    table = {}
    for axis, sizes in axes.items():
        for label, how in rules.items():
            # Beyond this size RTRL would take minutes a trial.
            fits = [s for s in sizes if "RTRL" not in label or s[0] <= 128]
            contenders = {
                f"{label}, {s}": ("one thread", "ours", s, {k: s[0] if v == "n_rec" else v for k, v in how.items()})
                for s in fits
            }
            ms = [1e3 * s for s in take_turns(pools, contenders, 3, least=0.1).values()]
            along = [s[axis == "T"] for s in fits]
            exponent = np.polyfit(np.log(along[-3:]), np.log(ms[-3:]), 1)[0]
            table.setdefault(axis, {})[label] = {"along": along, "ms": ms, "exponent": exponent}
    return table


def ensembles(pools):
    """Networks side by side, for each network and trial, on two threads; and two threads against one."""
    table = []
    for n_rec, T in SIZES:
        contenders = {
            "BPTT, two threads": ("two threads", "our_ensemble", (n_rec, T), {}),
            "BPTT, one thread": ("two threads", "our_ensemble", (n_rec, T), {"n_threads": 1}),
            "BPTT, JAX vmap, two threads": ("two threads", "jax_ensemble", (n_rec, T), {}),
        }
        ms = {label: 1e3 * s for label, s in take_turns(pools, contenders, 5, least=2).items()}
        table.append({"n_rec": n_rec, "T": T, "n_networks": N_NETWORKS, "ms": ms})
    return table


STARTS = {
    "python": "pass",
    "the package": "import rnn_tutorial",
    "a chapter's first cell": "import matplotlib.pyplot; from rnn_book import figures; figures.use_style()",
    "and a first training": (
        "import matplotlib.pyplot; from rnn_book import figures; figures.use_style(); "
        "from rnn_tutorial import Network, tasks, train; "
        "train(Network.random(1, 30, 1), tasks.sum_of_sines(), n_trials=1, progress=False)"
    ),
}


def start():
    """What a fresh process waits for: with nothing compiled, and afterwards."""
    seconds = {}
    with tempfile.TemporaryDirectory() as cache:
        env = os.environ | ONE_THREAD | {"NUMBA_CACHE_DIR": cache}

        def wait(*command):
            begin = time.perf_counter()
            subprocess.run([sys.executable, *command], env=env, check=True)
            return time.perf_counter() - begin

        wait("-c", STARTS["a chapter's first cell"])  # the list of fonts, and Python's own compiled files
        seconds["compiling everything"] = wait(ROOT / "tools" / "warm_up.py")
        rounds = [{label: wait("-c", code) for label, code in STARTS.items()} for _ in range(5)]
    seconds |= {label: statistics.median(r[label] for r in rounds) for label in STARTS}
    for label, value in seconds.items():
        print(f"  {label:42s} {value:12.2f} s", flush=True)
    return seconds


def machine():
    """What the figures were measured on."""
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    names = ("numpy", "numba", "scipy", "torch", "jax", "rnn-tutorial")
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
    }


def main():
    """Measure everything and write it down."""
    made = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "commit": commit_of_sources()}
    result = {"command": "make bench", "machine": machine()} | made
    pools = {}
    for kind, variables in KINDS.items():
        # The variables are read when a process loads its libraries.
        os.environ.update(variables)
        pools[kind] = ProcessPoolExecutor(1, get_context("spawn"))
        pools[kind].submit(os.getpid).result()
        os.environ.pop("RNN_TUTORIAL_NO_NUMBA", None)
    for label, table in (
        ("rules", lambda: [rules_at(pools, *size) for size in SIZES]),
        ("products", lambda: products(pools)),
        ("blocks", lambda: blocks(pools)),
        ("ensembles", lambda: ensembles(pools)),
        ("scaling", lambda: scaling(pools)),
        ("start", start),
    ):
        print(label, flush=True)
        result[label] = table()
    path = ROOT / "book" / "data" / "speed.json"
    write_whole(path, (json.dumps(result, indent=1) + "\n").encode())
    print(f"written to {path}")


if __name__ == "__main__":
    main()
