"""Draw what no notebook draws: the landing page's pictures, the logo, the icon, and the card for links elsewhere."""

from pathlib import Path

import matplotlib.pyplot as plt

from rnn_book import figures

STATIC = Path(__file__).parents[1] / "book" / "_static"

figures.use_style()
figures.three_rules().savefig(STATIC / "rules.png", dpi=150)
for rule in ("bptt", "rtrl", "rflo"):
    figure, ax = plt.subplots(figsize=(3.6, 3.15))
    figures.schematic(rule, ax, steps=("$t$", "$t+1$"))
    figure.savefig(STATIC / f"{rule}.png", dpi=200)
figures.logo().savefig(STATIC / "logo.png", dpi=128)
figures.logo().savefig(STATIC / "favicon.png", dpi=32)

card = figures.three_rules()
card.set_size_inches(12, 6.3)
for ax in card.axes:
    ax.set_anchor("S")
card.suptitle("\nHow recurrent networks can learn", fontsize=40, color=figures.INK)
card.savefig(STATIC / "card.png", dpi=100)
