"""Claims at a glance: a forest plot made of text and small drawings, so that it fits a phone as well as a wide page."""

import html

import numpy as np
from IPython.display import HTML

__all__ = ["dashboard"]

_STYLE = """<style>
.claims-board { font-size: 0.92em; line-height: 1.35; text-align: left; }
.claims-board article { display: grid; grid-template-columns: minmax(13rem, 2fr) 3fr; gap: 0.2rem 1.4rem;
  align-items: center; padding: 0.55rem 0; border-top: 1px solid rgb(128 128 128 / 40%); }
.claims-board p { margin: 0; }
.claims-board .part { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: 0.6rem; align-items: center; }
.claims-board .part > span { text-align: right; font-size: 0.88em; }
.claims-board svg { width: 100%; height: 1.25rem; display: block; overflow: visible; }
@media (max-width: 46rem) { .claims-board article { grid-template-columns: 1fr; } }
</style>"""
_TICKS = {
    "ratio": ((-2, "0.01"), (0, "1"), (2, "100")),
    "share": ((-1, "−1"), (0, "0"), (1, "1")),
}
_ENDS = {"ratio": (-3.2, 3.2), "share": (-1.1, 1.1)}
_NAMES = {"ratio": "ratio", "share": "cosine or share"}


def dashboard(claims):
    """Claims as rows: what is claimed, the verdict, and each part's interval over where the claim says that it lies.

    Parameters
    ----------
    claims : sequence of Claim

    Returns
    -------
    IPython.display.HTML
        Those about ratios first, on a logarithmic axis, then those about cosines and shares. What stands beside a claim
        without a part in it is left out.
    """
    rows = []
    for scale in ("ratio", "share"):
        block = [claim for claim in claims if claim.scale == scale]
        if block:
            rows += [_axis(scale), *map(_row, block)]
    return HTML(f'{_STYLE}<div class="claims-board">{"".join(rows)}</div>')


def _axis(scale):
    ticks = "".join(
        f'<text x="{_place(tick, scale):.2f}%" y="13" text-anchor="middle" font-size="11" fill="currentColor">{label}'
        "</text>"
        for tick, label in _TICKS[scale]
    )
    return (
        f'<article><p></p><div class="part"><span>{_NAMES[scale]}</span><svg aria-hidden="true">{ticks}</svg></div>'
        "</article>"
    )


def _row(claim):
    verdict = claim.verdict
    place = "" if claim.where.startswith("not") else f" ({claim.where})"
    parts = "".join(_part(part, claim.scale) for part in claim.parts if part.region is not None)
    return (
        f'<article><p><span class="{verdict.replace(" ", "-")}">{verdict}</span><br>{html.escape(claim.claim + place)}'
        f"<br><small>{claim.networks}</small></p><div>{parts}</div></article>"
    )


def _part(part, scale):
    low, middle, high = (_place(_value(end, scale), scale) for end in part.interval)
    begin, end = (_place(_value(end, scale), scale) for end in part.region)
    told = f"{part.label}: {part.shown}; {part.verdict}"
    point = {
        "holds": f'<circle cx="{middle:.2f}%" cy="50%" r="4.5" fill="currentColor"/>',
        "cannot tell": f'<circle cx="{middle:.2f}%" cy="50%" r="4" fill="none" stroke="currentColor"/>',
        "contradicted": f'<text x="{middle:.2f}%" y="50%" dy="0.36em" text-anchor="middle" font-size="17" '
        'font-weight="bold" fill="currentColor">×</text>',
    }[part.verdict]
    return (
        f'<div class="part"><span>{html.escape(part.label)}</span><svg role="img" aria-label="{html.escape(told)}">'
        f"<title>{html.escape(told)}</title>"
        f'<rect x="{begin:.2f}%" width="{end - begin:.2f}%" y="8%" height="84%" fill="rgb(128 128 128 / 28%)"/>'
        f'<line x1="{_place(0, scale):.2f}%" x2="{_place(0, scale):.2f}%" y1="0" y2="100%" stroke="currentColor" '
        'stroke-width="0.6"/>'
        f'<line x1="{low:.2f}%" x2="{high:.2f}%" y1="50%" y2="50%" stroke="currentColor" stroke-width="2"/>'
        f"{point}</svg></div>"
    )


def _value(number, scale):
    if scale == "share":
        return number
    return np.log10(number) if number > 0 else -np.inf


def _place(value, scale):
    """Percent of the width; what is beyond an end is drawn at it."""
    low, high = _ENDS[scale]
    return 100 * (float(np.clip(value, low, high)) - low) / (high - low)
