"""The one place that decides how the kernels run: compiled by Numba where it is installed, as plain NumPy where not.

A kernel is written once, in textbook style, and marked `compiled`. What Numba does not do fast, a kernel leaves to
the few functions of this module. Each is a line of NumPy; inside a compiled kernel, loops that do the same stand in for
it. The environment variable ``RNN_TUTORIAL_NO_NUMBA=1`` forces plain NumPy.
"""

import contextlib
import importlib.util
import math
import os
from pathlib import Path

import numpy as np

__all__ = [
    "NUMBA",
    "add_blocks",
    "add_matvec",
    "add_outer",
    "add_vecmat",
    "compiled",
    "decay_and_add",
    "leak_towards",
    "plain",
    "tanh",
]

NUMBA = os.environ.get("RNN_TUTORIAL_NO_NUMBA", "0") != "1" and importlib.util.find_spec("numba") is not None


def tanh(u, out):
    """``out = tanh(u)`` for vectors."""
    np.tanh(u, out)


def leak_towards(out, h, r, tau):
    """``out = h + (-h + r) / tau``."""
    out[:] = h + (-h + r) / tau


def add_matvec(out, A, v):
    """``out += A @ v``."""
    out += A @ v


def add_vecmat(out, v, A):
    """``out += v @ A``."""
    out += v @ A


def add_outer(out, a, b):
    """``out += outer(a, b)``."""
    out += a[:, np.newaxis] * b


def decay_and_add(p, decay, a, b, out, c):
    """``p = decay * p + outer(a, b)``, then ``out += c[:, None] * p``, in one pass through memory."""
    p *= decay
    add_outer(p, a, b)
    out += c[:, np.newaxis] * p


def add_blocks(P, a, b):
    """``P[i, i * n + j] += a[i] * b[j]`` with n the length of b: each row has its own block."""
    i = np.arange(len(a))
    P.reshape(len(a), len(a), len(b))[i, i] += np.outer(a, b)


def plain(kernel):
    """The kernel in plain NumPy, for numbers that it is not compiled for, such as complex ones."""
    return getattr(kernel, "py_func", kernel)


if not NUMBA:

    def compiled(kernel):
        """Leave the kernel as it is."""
        return kernel

else:
    import numba
    from numba.extending import overload

    # Numba compiles a kernel anew when its own file has changed, but not when another function that it calls has. So
    # what was compiled before the newest of the files that hold kernels is thrown away, the code before its index.
    _here = Path(__file__).parent
    _cached = sorted(_here.glob("__pycache__/*.nb[ci]"))
    _sources = {_here / f"{file.name.partition('.')[0]}.py" for file in _cached} | {Path(__file__)}
    _newest = max(source.stat().st_mtime for source in _sources if source.exists())
    for _file in _cached:
        with contextlib.suppress(OSError):  # another process was faster, or the folder is not ours
            if _file.stat().st_mtime < _newest:
                _file.unlink()

    # The C library gives larger arrays back to the system when they are freed, and each trial would have to fetch them
    # anew. It learns not to from the first one that is.
    np.empty(4_000_000)

    # A product and a sum may become one operation. Sums may be reordered too, so that they run in vector registers: not
    # in tanh, whose steps rest on their order. Numba's np.isfinite then fails, as it is a difference that cancels:
    # compare with infinity instead.
    _FUSED = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
    _FREE = {"error_model": "numpy", "fastmath": {"contract", "nsz", "reassoc"}}
    compiled = numba.njit(cache=True, nogil=True, **_FREE)

    def _stands_in_for(function, options=_FREE):
        return lambda loops: overload(function, jit_options=options, strict=False)(lambda *_: loops)

    @_stands_in_for(tanh, _FUSED)
    def _(u, out):
        """By ``e = exp(-2|u|) - 1``, as ``tanh |u| = -e / (2 + e)``.

        ``-2|u| = k ln 2 + r`` with ``|r| <= ln 2 / 2``. The Taylor series of ``exp(r) - 1`` and the power of two, which
        is put together from its bits, run in vector registers; the C library's function does not.
        """
        for i in range(len(u)):
            x = -2 * min(abs(u[i]), 20.0)  # where tanh is 1 to the last digit
            k = np.floor(x / math.log(2) + 0.5)
            r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10  # ln 2, its first part short of digits
            series = 1 / 6227020800  # 1 / 13!
            series = series * r + 1 / 479001600
            series = series * r + 1 / 39916800
            series = series * r + 1 / 3628800
            series = series * r + 1 / 362880
            series = series * r + 1 / 40320
            series = series * r + 1 / 5040
            series = series * r + 1 / 720
            series = series * r + 1 / 120
            series = series * r + 1 / 24
            series = series * r + 1 / 6
            series = series * r + 1 / 2
            series = series * r * r + r
            power = np.int64((1023 + np.int64(np.int32(k))) << 52).view(np.float64)
            e = power * series + (power - 1)
            out[i] = math.copysign(-e / (2 + e), u[i])

    @_stands_in_for(leak_towards)
    def _(out, h, r, tau):
        share = 1 / tau
        for i in range(len(h)):
            out[i] = h[i] + share * (-h[i] + r[i])

    @_stands_in_for(add_matvec)
    def _(out, A, v):
        """Four rows at a time, so that each element of v is loaded once for all four."""
        n = A.shape[0]
        whole = n - n % 4
        for i in range(0, whole, 4):
            a = b = c = d = 0.0
            for j in range(A.shape[1]):
                a += A[i, j] * v[j]
                b += A[i + 1, j] * v[j]
                c += A[i + 2, j] * v[j]
                d += A[i + 3, j] * v[j]
            out[i] += a
            out[i + 1] += b
            out[i + 2] += c
            out[i + 3] += d
        for i in range(whole, n):
            for j in range(A.shape[1]):
                out[i] += A[i, j] * v[j]

    @_stands_in_for(add_vecmat)
    def _(out, v, A):
        """Four rows at a time, so that each element of the result is loaded once for all four."""
        n = A.shape[0]
        whole = n - n % 4
        for i in range(0, whole, 4):
            a, b, c, d = v[i], v[i + 1], v[i + 2], v[i + 3]
            for j in range(A.shape[1]):
                out[j] += a * A[i, j] + b * A[i + 1, j] + c * A[i + 2, j] + d * A[i + 3, j]
        for i in range(whole, n):
            for j in range(A.shape[1]):
                out[j] += v[i] * A[i, j]

    @_stands_in_for(add_outer)
    def _(out, a, b):
        for i in range(len(a)):
            for j in range(len(b)):
                out[i, j] += a[i] * b[j]

    @_stands_in_for(decay_and_add)
    def _(p, decay, a, b, out, c):
        for i in range(p.shape[0]):
            for j in range(p.shape[1]):
                p[i, j] = decay * p[i, j] + a[i] * b[j]
                out[i, j] += c[i] * p[i, j]

    @_stands_in_for(add_blocks)
    def _(P, a, b):
        n = len(b)
        for i in range(len(a)):
            for j in range(n):
                P[i, i * n + j] += a[i] * b[j]
