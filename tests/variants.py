"""The three rules once more, each with a place for one mistake.

All are mistakes found in public code for these rules. With ``defect=None`` each function is right, and the tests say
so first: what they catch is then the defect and nothing else.
"""

import numpy as np

from rnn_tutorial import Gradients


def mean_error(y, y_target, defect):
    """Minus the derivative of the loss by the outputs."""
    error = (y_target - y) / len(y)
    return error / y.shape[1] if defect == "derivative divided by n_out" else error


def slope(u, h_next, defect):
    """The slope of tanh at u."""
    return 1 - h_next**2 if defect == "slope taken at the state" else 1 - np.tanh(u) ** 2


def bptt(net, x, y_target, defect=None):
    """Backpropagation through time."""
    h, u, y = net.run(x)
    T, error = len(x), mean_error(y, y_target, defect)
    grad = Gradients(*(np.zeros(w.shape) for w in net.weights))
    for a in range(T):
        # z: how much less loss a push of h(a + 1) makes at step a and after. T^2 passes, and no recursion to get wrong.
        last = min(a + 2, T - 1) if defect == "credit of three steps only" else T - 1
        z = np.zeros(net.n_rec)
        for t in reversed(range(a, last + 1)):
            if t < last:
                recurrent = net.W.T if defect != "W not transposed" else net.W
                z = (1 - 1 / net.tau) * z + recurrent @ (slope(u[t + 1], h[t + 2], defect) * z) / net.tau
            from_step = t + 1 if defect == "error of the step after" else t
            if from_step < T:
                z = z + net.W_out.T @ error[from_step]
        local = slope(u[a], h[a + 1], defect) * z / net.tau
        grad.W_in[:] -= np.outer(local, x[a])
        grad.W[:] -= np.outer(local, h[a])
        grad.W_out[:] -= np.outer(error[a], h[a + 1])
    return grad


def rtrl(net, x, y_target, defect=None):
    """Real-time recurrent learning."""
    h, u, y = net.run(x)
    T, n, error = len(x), net.n_rec, mean_error(y, y_target, defect)
    grad = Gradients(*(np.zeros(w.shape) for w in net.weights))
    P, Q = np.zeros((n, n, n)), np.zeros((n, n, net.n_in))
    if defect == "input trace starts from 0.1":
        Q[:] = 0.1
    feedback = net.B if defect == "random feedback" else net.W_out.T
    for trial in range(2 if defect == "traces kept from the trial before" else 1):
        for g in grad:
            g[:] = 0
        for t in range(T):
            phi_prime = slope(u[t], h[t + 1], defect)
            scaled = phi_prime[np.newaxis, :] if defect == "Jacobian scaled along columns" else phi_prime[:, np.newaxis]
            jacobian = (1 - 1 / net.tau) * np.eye(n) + scaled * net.W / net.tau
            P, Q = np.einsum("jk,kab->jab", jacobian, P), np.einsum("jk,kab->jab", jacobian, Q)
            for a in range(n):
                if defect == "Kronecker delta missing":
                    P[:, a, :] += phi_prime[a] * h[t] / net.tau
                elif defect == "Kronecker delta on the wrong axis":
                    P[a, :, a] += phi_prime * h[t, a] / net.tau
                else:
                    P[a, a, :] += phi_prime[a] * h[t] / net.tau
                Q[a, a, :] += phi_prime[a] * x[t] / net.tau
            grad.W_in[:] -= np.einsum("j,jab->ab", feedback @ error[t], Q)
            grad.W[:] -= np.einsum("j,jab->ab", feedback @ error[t], P)
            grad.W_out[:] -= np.outer(error[t], h[t + 1])
    return grad


def rflo(net, x, y_target, defect=None):
    """Random feedback local online learning."""
    h, u, y = net.run(x)
    T, error = len(x), mean_error(y, y_target, defect)
    grad = Gradients(*(np.zeros(w.shape) for w in net.weights))
    p, q = np.zeros(net.W.shape), np.zeros(net.W_in.shape)
    if defect == "input trace starts from 0.1":
        q[:] = 0.1
    leak = 1 if defect == "traces never leak" else 1 - 1 / net.tau
    for trial in range(2 if defect == "traces kept from the trial before" else 1):
        for g in grad:
            g[:] = 0
        for t in range(T):
            x_seen = x[t]
            if defect == "input trace one step late":
                x_seen = x[t - 1] if t > 0 else np.zeros(net.n_in)
            phi_prime = slope(u[t], h[t + 1], defect)
            p = leak * p + np.outer(phi_prime, h[t]) / net.tau
            q = leak * q + np.outer(phi_prime, x_seen) / net.tau
            credit = (net.B @ error[t])[:, np.newaxis]
            grad.W_in[:] -= credit * q
            grad.W[:] -= credit * p
            grad.W_out[:] -= np.outer(error[t], h[t + 1])
    return grad


def loss(net, x, y_target, defect=None):
    """The loss of a trial."""
    y = net.run(x).y
    if defect == "t = 0 counted":  # where no output was computed yet, so that the whole target is error
        y = np.vstack([np.zeros(net.n_out), y])
        y_target = np.vstack([y_target[-1:], y_target])
    return np.sum((y_target - y) ** 2) / (2 * len(y))


def draw_W_in(n_in, n_rec, seed, defect=None):  # noqa: N802
    """Input weights, uniform between -1 and 1."""
    uniform = np.random.default_rng(seed).random((n_rec, n_in))
    return 0.1 * (uniform - 1) if defect == "one-sided and small" else 2 * uniform - 1
