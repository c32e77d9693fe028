"""The one place that decides how the kernels run: compiled by Numba where it is installed, as plain NumPy where not.

A kernel is written once, in textbook style, and marked `compiled`. What Numba does not do fast, a kernel leaves to
the few functions of this module. Each is a line of NumPy; inside a compiled kernel, loops that do the same stand in for
it. The environment variable ``RNN_TUTORIAL_NO_NUMBA=1`` forces plain NumPy.

A kernel may call other kernels by their names, but must never be given a function as an argument: Numba could not find
it in its cache again, and would compile it anew in every process.
"""

import hashlib
import importlib.util
import math
import os
import sys
from pathlib import Path

import numpy as np

__all__ = [
    "NUMBA",
    "add_matvec",
    "add_outer",
    "add_traced",
    "add_vecmat",
    "compiled",
    "dot",
    "move_state",
    "part",
    "plain",
    "remember",
    "tanh",
]

NUMBA = os.environ.get("RNN_TUTORIAL_NO_NUMBA", "0") != "1" and importlib.util.find_spec("numba") is not None


def tanh(u):
    """``tanh(u)``; in a compiled kernel, of one number."""
    return np.tanh(u)


def move_state(h, u, tau, r, h_next):
    """``r = tanh(u)`` and ``h_next = h + (-h + r) / tau``, into the places given for them."""
    r[:] = np.tanh(u)
    h_next[:] = h + (-h + r) / tau


def dot(A, v):
    """``A @ v`` for a matrix of few rows or few columns, where a library's function takes longer to be called."""
    return A @ v


def add_matvec(out, A, v):
    """``out += A @ v``."""
    out += A @ v


def add_vecmat(out, v, A):
    """``out += v @ A``."""
    out += v @ A


def add_outer(out, a, b):
    """``out += outer(a, b)``."""
    out += a[:, np.newaxis] * b


def remember(p, keep, post, pre):
    """Take a trace one step on: what it keeps of itself, and what the step adds; returned, and `p` may be overwritten.

    A trace of each synapse's own unit, ``p[a, b]``, is a matrix: ``p = keep * p + outer(post, pre)``, with one number
    of `keep` for each unit. A trace of all units, ``p[j, a, b]``, is a tensor, and `keep` is a matrix:
    ``p[j, a, b] = sum_k keep[j, k] p[k, a, b] + (j == a) post[a] pre[b]``.
    """
    if p.ndim == 2:
        p *= keep[:, np.newaxis]
        add_outer(p, post, pre)
        return p
    p = (keep @ p.reshape(len(p), -1)).reshape(p.shape)
    a = np.arange(len(p))
    p[a, a] += post[:, np.newaxis] * pre
    return p


def add_traced(out, by, c, p):
    """``out[a, b] += by sum_j c[j] p[j, a, b]``; of a trace of each synapse's own unit, ``by c[a] p[a, b]``."""
    out += by * (c[:, np.newaxis] * p if p.ndim == 2 else (c @ p.reshape(len(p), -1)).reshape(out.shape))


def plain(kernel):
    """The kernel in plain NumPy, for numbers that it is not compiled for, such as complex ones."""
    return getattr(kernel, "py_func", kernel)


if not NUMBA:

    def compiled(kernel):  # pyright: ignore[reportRedeclaration]
        """Leave the kernel as it is."""
        return kernel

    part = compiled

else:
    import numba
    from numba.extending import overload

    # glibc raises its threshold for memory that goes straight back to the system when a large block is freed. So free
    # one now: later arrays come from the heap, and need not be fetched from the system in each trial.
    np.empty(4_000_000)

    # A product and a sum may become one operation, and a division by a constant a product. Sums may be reordered too,
    # so that they run in vector registers: not in tanh, whose steps rest on their order. With `reassoc`, LLVM may fold
    # the `x - x` inside np.isfinite to 0, and infinity then counts as finite: compare with infinity instead.
    _FUSED = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
    _FREE = {"error_model": "numpy", "fastmath": {"contract", "nsz", "arcp", "reassoc"}}

    def _sources(folders):
        """A hash of all sources in some folders."""
        files = sorted(file for folder in folders for file in Path(folder).rglob("*.py"))
        return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()

    # What a kernel of this library may call or take for a constant: Numba looks at the kernel's own file only.
    _LIBRARY = _sources([Path(__file__).parent])

    def compiled(kernel):
        """Compile the kernel when it is first called.

        That of a package is kept on disk for as long as no source of the package or of this library changes; one that
        it calls of another package is not looked at. What a kernel of a notebook or of a file that is run calls can
        change without a trace, so it is compiled anew in each process.
        """
        package = (kernel.__module__ or "").partition(".")[0]
        in_package = hasattr(sys.modules.get(package), "__path__")
        kernel = numba.njit(cache=in_package, nogil=True, **_FREE)(kernel)
        if in_package:
            index = kernel._cache._cache_file  # pyright: ignore[reportAttributeAccessIssue]
            own = () if package == __package__ else _sources(sys.modules[package].__path__)
            index._source_stamp = (index._source_stamp, _LIBRARY, own)
        return kernel

    def part(kernel):
        """Compile, into each kernel that calls it, what kernels alone call with several kinds of arguments.

        It is not kept by itself: Numba's cache mixes up two kinds that two processes compile at the same time.
        """
        return numba.njit(nogil=True, **_FREE)(kernel)

    def _loops_for(function, options=_FREE, axes=None):
        """Let loops stand in for `function` in compiled code; with `axes`, where its largest array has so many."""

        def register(loops):
            def pick(*types):
                return loops if axes in (None, max(getattr(kind, "ndim", 0) for kind in types)) else None

            overload(function, jit_options=options, strict=False)(pick)

        return register

    @_loops_for(tanh, _FUSED)
    def _(u):
        """By ``e = exp(-2|u|) - 1``, as ``tanh |u| = -e / (2 + e)``.

        ``-2|u| = k ln 2 + r`` with ``|r| <= ln 2 / 2``. The Taylor series of ``exp(r) - 1`` and the power of two, put
        together from its bits, run in vector registers; the C library's function does not.
        """
        x = -2 * min(abs(u), 20.0)  # where tanh is 1 to the last digit
        k = np.floor(x / math.log(2) + 0.5)
        r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10  # ln 2, its first part short of digits
        series = ((1 / 6227020800 * r + 1 / 479001600) * r + 1 / 39916800) * r + 1 / 3628800  # from 1 / 13!
        series = (((series * r + 1 / 362880) * r + 1 / 40320) * r + 1 / 5040) * r + 1 / 720
        series = (((series * r + 1 / 120) * r + 1 / 24) * r + 1 / 6) * r + 1 / 2
        series = series * r * r + r
        power = np.int64((1023 + np.int64(np.int32(k))) << 52).view(np.float64)
        e = power * series + (power - 1)
        return math.copysign(-e / (2 + e), u)

    @_loops_for(move_state, _FUSED)
    def _(h, u, tau, r, h_next):
        share = 1 / tau
        for i in range(len(h)):
            r[i] = tanh(u[i])
            h_next[i] = h[i] + share * (-h[i] + r[i])

    @_loops_for(dot)
    def _(A, v):
        out = np.empty(A.shape[0])
        for i in range(A.shape[0]):
            s = 0.0
            for j in range(A.shape[1]):
                s += A[i, j] * v[j]
            out[i] = s
        return out

    @_loops_for(add_matvec)
    def _(out, A, v):
        """Eight rows at a time, so that each element of v is loaded once for all eight."""
        n = A.shape[0]
        whole = n - n % 8
        for i in range(0, whole, 8):
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
            for j in range(A.shape[1]):
                s0 += A[i, j] * v[j]
                s1 += A[i + 1, j] * v[j]
                s2 += A[i + 2, j] * v[j]
                s3 += A[i + 3, j] * v[j]
                s4 += A[i + 4, j] * v[j]
                s5 += A[i + 5, j] * v[j]
                s6 += A[i + 6, j] * v[j]
                s7 += A[i + 7, j] * v[j]
            for k, s in enumerate((s0, s1, s2, s3, s4, s5, s6, s7)):
                out[i + k] += s
        for i in range(whole, n):
            s = 0.0
            for j in range(A.shape[1]):
                s += A[i, j] * v[j]
            out[i] += s

    @_loops_for(add_vecmat)
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

    @_loops_for(add_outer)
    def _(out, a, b):
        for i in range(len(a)):
            for j in range(len(b)):
                out[i, j] += a[i] * b[j]

    @_loops_for(remember, axes=2)
    def _(p, keep, post, pre):
        for i in range(p.shape[0]):
            for j in range(p.shape[1]):
                p[i, j] = keep[i] * p[i, j] + post[i] * pre[j]
        return p

    @_loops_for(remember, axes=3)
    def _(p, keep, post, pre):
        p = np.dot(keep, p.reshape(len(p), -1)).reshape(p.shape)
        for i in range(p.shape[1]):
            for j in range(p.shape[2]):
                p[i, i, j] += post[i] * pre[j]
        return p

    @_loops_for(add_traced, axes=2)
    def _(out, by, c, p):
        for i in range(p.shape[0]):
            for j in range(p.shape[1]):
                out[i, j] += by * c[i] * p[i, j]

    @_loops_for(add_traced, axes=3)
    def _(out, by, c, p):
        out += by * np.dot(c, p.reshape(len(p), -1)).reshape(out.shape)
