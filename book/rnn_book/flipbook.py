"""A figure that moves on a plain page: frames drawn beforehand, and a slider that needs no kernel."""

import base64
import html
import io
from collections.abc import Iterable

import matplotlib.pyplot as plt
from IPython.display import HTML
from PIL import Image

from rnn_tutorial import _check

__all__ = ["check_frames", "flipbook"]

_SHOW = (
    "const f=this.closest('.flipbook'),s=f.querySelector('input'),k=+s.value;"
    "f.querySelectorAll('img').forEach((i,j)=>i.hidden=j!==k);"
    "const v=f.querySelectorAll('img')[k].dataset.value;"
    "f.querySelector('output').textContent=v;s.setAttribute('aria-valuetext',v);"
)
_PLAY = (
    "const f=this.closest('.flipbook'),s=f.querySelector('input');"
    "if(f.timer){clearInterval(f.timer);f.timer=0;this.textContent='Play';return}"
    "if(+s.value===+s.max)s.value=-1;this.textContent='Stop';"
    "f.timer=setInterval(()=>{s.stepUp();s.dispatchEvent(new Event('input'));"
    "if(+s.value===+s.max){clearInterval(f.timer);f.timer=0;this.textContent='Play'}},250)"
)


def check_frames(values, start, label):
    """The values of a flipbook in a list, if it can have so many frames, this start and this label."""
    _check.instance("label", label, str)
    values = list(_check.instance("values", values, Iterable))
    if not 1 <= len(values) <= 60:
        raise ValueError(f"values must hold 1 to 60 frames, but holds {len(values)}")
    if _check.integer("start", start, at_least=0) >= len(values):
        raise ValueError(f"start must be less than the number of frames, {len(values)}, but got {start}")
    return values


def flipbook(draw, values, label, alt, figsize=(7.2, 3.2), start=0):
    """Draw one frame for each value and put them behind a slider, with a button that plays them.

    The slider works with mouse, keyboard and screen reader, and nothing moves before the reader asks for it.

    Parameters
    ----------
    draw : callable
        ``draw(figure, value)`` draws one frame on an empty Figure.
    values : sequence
        What the slider goes through; at most 60.
    label : str
        What the slider sets, with its unit, such as ``"time (steps)"``.
    alt : str
        What the picture shows, in one sentence; each frame's value is added to it.
    figsize : tuple of float
        Width and height in inches.
    start : int
        The frame that shows first; it also stands still in print.

    Returns
    -------
    IPython.display.HTML

    Raises
    ------
    ValueError
        If there are no values or more than 60, none of them is the first to show, or another argument is of no use.
    """
    values, frames = check_frames(values, start, label), []
    _check.instance("alt", alt, str)
    if not callable(draw):
        raise ValueError(f"draw must be a function of a figure and a value, but got {draw!r}")
    figsize = _check.array("figsize", figsize, (2,))
    if not all(0.1 <= inches <= 100 for inches in figsize):
        raise ValueError(f"figsize must be 0.1 to 100 inches in width and height, but got {figsize}")
    width, height = (round(100 * inches) for inches in figsize)
    for k, value in enumerate(values):
        text = html.escape(f"{value:.3g}" if isinstance(value, float) else str(value))
        frames.append(
            f'<img src="data:image/png;base64,{_png(draw, value, figsize)}" data-value="{text}"'
            f' alt="{html.escape(f"{alt} {label}: {text}.")}" width="{width}" height="{height}"'
            f' style="max-width:100%;height:auto"{"" if k == start else " hidden"}>'
        )
    first = html.escape(str(values[start]) if not isinstance(values[start], float) else f"{values[start]:.3g}")
    return HTML(
        f'<div class="flipbook" role="group" aria-label="{html.escape(label)}">'
        + "".join(frames)
        + '<div style="display:flex;gap:.7em;align-items:center;flex-wrap:wrap">'
        + f'<button type="button" onclick="{html.escape(_PLAY)}">Play</button>'
        + f'<label style="flex:1;display:flex;gap:.7em;align-items:center">{html.escape(label)}'
        + f'<input type="range" min="0" max="{len(values) - 1}" value="{start}" step="1" style="flex:1"'
        + f' aria-valuetext="{first}" oninput="{html.escape(_SHOW)}"></label>'
        + f'<output style="min-width:4em">{first}</output></div></div>'
    )


def _png(draw, value, figsize):
    """One frame as a small PNG: drawn at 1.2 times the size it is shown at, then cut to 64 colours."""
    figure = plt.figure(figsize=figsize, dpi=120)
    raw, small = io.BytesIO(), io.BytesIO()
    try:
        draw(figure, value)
        figure.savefig(raw, format="png")
    finally:
        plt.close(figure)
    Image.open(raw).convert("RGB").quantize(64).save(small, format="png", optimize=True)
    return base64.b64encode(small.getvalue()).decode()
