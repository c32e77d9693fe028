"""The one place that decides how the kernels run: compiled by Numba where it is installed, as plain NumPy where not.

A kernel is written once, in textbook style, and marked `compiled`. It does its linear algebra through the few functions
below: each has the loops that Numba compiles best and the NumPy call that does the same. The environment variable
``RNN_TUTORIAL_NO_NUMBA=1`` forces plain NumPy.
"""

import contextlib
import importlib.util
import os
from pathlib import Path

import numpy as np

__all__ = ["NUMBA", "add_blocks", "add_outer", "compiled", "decay_and_add", "matvec", "tanh", "vecmat"]

NUMBA = os.environ.get("RNN_TUTORIAL_NO_NUMBA", "0") != "1" and importlib.util.find_spec("numba") is not None

if NUMBA:
    import numba

    # Numba compiles a kernel anew when its own file has changed, but not when another kernel that it calls has. So
    # what was compiled before the newest of the files that hold kernels is thrown away.
    _here = Path(__file__).parent
    _indexes = list(_here.glob("__pycache__/*.nbi"))
    _sources = {_here / f"{index.name.partition('.')[0]}.py" for index in _indexes}
    _newest = max((source.stat().st_mtime for source in _sources if source.exists()), default=0.0)
    for _index in _indexes:
        with contextlib.suppress(OSError):  # another process was faster, or the folder is not ours
            if _index.stat().st_mtime < _newest:
                _index.unlink()

    # Sums may be reordered, so that they run in vector registers. Numba's np.isfinite then fails, as it is a difference
    # that cancels: compare with infinity instead.
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})

    @compiled
    def tanh(u):
        """Hyperbolic tangent, real or complex, by one exponential that cannot overflow."""
        r = np.empty_like(u)
        for i in range(len(u)):
            sign = 1.0 if u[i].real >= 0 else -1.0
            e = np.expm1(-2 * sign * u[i])  # and not exp, which would round a small u away
            r[i] = -sign * e / (2 + e)
        return r

    @compiled
    def matvec(A, v):
        """``A @ v``."""
        out = np.empty(A.shape[0], A.dtype)
        for i in range(A.shape[0]):
            total = A.dtype.type(0)
            for j in range(A.shape[1]):
                total += A[i, j] * v[j]
            out[i] = total
        return out

    @compiled
    def vecmat(v, A):
        """``v @ A``."""
        out = np.zeros(A.shape[1], A.dtype)
        for i in range(A.shape[0]):
            for j in range(A.shape[1]):
                out[j] += v[i] * A[i, j]
        return out

    @compiled
    def add_outer(out, scale, a, b):
        """``out += scale * a.T @ b``, the sum over time of outer products."""
        for i in range(a.shape[1]):
            for t in range(a.shape[0]):
                factor = scale * a[t, i]
                for j in range(b.shape[1]):
                    out[i, j] += factor * b[t, j]

    @compiled
    def decay_and_add(p, decay, a, b, out, c):
        """``p = decay * p + outer(a, b)``, then ``out += c[:, None] * p``, in one pass through memory."""
        for i in range(p.shape[0]):
            for j in range(p.shape[1]):
                p[i, j] = decay * p[i, j] + a[i] * b[j]
                out[i, j] += c[i] * p[i, j]

    @compiled
    def add_blocks(P, a, b):
        """``P[i, i * n + j] += a[i] * b[j]`` with n the length of b: each row has its own block."""
        n = len(b)
        for i in range(len(a)):
            for j in range(n):
                P[i, i * n + j] += a[i] * b[j]

else:

    def compiled(kernel):
        """Leave the kernel as it is."""
        return kernel

    tanh, matvec, vecmat = np.tanh, np.dot, np.dot

    def add_outer(out, scale, a, b):
        """``out += scale * a.T @ b``, the sum over time of outer products."""
        out += scale * (a.T @ b)

    def decay_and_add(p, decay, a, b, out, c):
        """``p = decay * p + outer(a, b)``, then ``out += c[:, None] * p``."""
        p *= decay
        p += a[:, np.newaxis] * b
        out += c[:, np.newaxis] * p

    def add_blocks(P, a, b):
        """``P[i, i * n + j] += a[i] * b[j]`` with n the length of b: each row has its own block."""
        i = np.arange(len(a))
        P.reshape(len(a), len(a), len(b))[i, i] += np.outer(a, b)
