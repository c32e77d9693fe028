"""Draw what no notebook draws: the landing page's picture, the logo, the icon, and the card for links elsewhere."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from rnn_book import figures
from rnn_tutorial import Network, tasks, train

STATIC = Path(__file__).parents[1] / "book" / "_static"
RULES = ("bptt", "rtrl", "rflo")


def main():
    """Draw them all."""
    figures.use_style()
    figures.three_rules().savefig(STATIC / "rules.png", dpi=150)
    figures.logo().savefig(STATIC / "logo.png", dpi=128)
    figures.logo().savefig(STATIC / "favicon.png", dpi=32)

    task = tasks.sum_of_sines(period=100)
    before = Network.random(task.n_in, 30, task.n_out, seed=0)
    after = {rule: train(before, task, rule, n_trials=4000, progress=False).network for rule in RULES}
    figure, axes = plt.subplots(1, 3, figsize=(10.8, 2.7), sharey=True)
    for rule, ax in zip(RULES, axes, strict=True):
        learned(ax, task, before, after[rule], rule)
        ax.set_title(figures.STYLES[rule]["label"], color=figures.STYLES[rule]["color"])
    axes[0].set_ylabel("output")
    figure.savefig(STATIC / "learned.png", dpi=160, transparent=True)
    card(task, before, after["rflo"]).savefig(STATIC / "card.png", dpi=100)


def learned(ax, task, before, after, rule):
    """The output of a network before and after it learned, and what it was asked for."""
    t = np.arange(1, task.T + 1) / before.tau
    ax.plot(t, before.run(task.x).y, color=figures.GREY, linewidth=1.2, label="before")
    ax.plot(t, after.run(task.x).y, color=figures.STYLES[rule]["color"], linewidth=3, label="after")
    ax.plot(t, task.y_target, **figures.STYLES["target"])
    ax.set(xlabel=r"time / $\tau$", xlim=(0, t[-1]))


def card(task, before, after):
    """A title, the question, and a curve that was learned; clear of the edges, which some sites cut off."""
    figure, ax = plt.subplots(figsize=(12, 6.3), layout="none")
    figure.subplots_adjust(0.06, 0.08, 0.94, 0.72)
    learned(ax, task, before, after, "rflo")
    ax.axis("off")
    for line, width in zip(ax.lines, (3, 9, 4), strict=True):
        line.set_linewidth(width)
    question = "Which of 2500 synapses is to blame for an error two seconds ago?"
    for text, height, size in (("How recurrent networks can learn", 0.86, 46), (question, 0.77, 23)):
        figure.text(0.5, height, text, ha="center", fontsize=size, color=figures.INK)
    green = figures.STYLES["rflo"]["color"]
    names = (("target", "black"), ("learned by RFLO", green), ("before", figures.GREY))
    for k, (text, color) in enumerate(names):
        figure.text(0.94, 0.66 - 0.07 * k, text, ha="right", fontsize=24, color=color)
    return figure


if __name__ == "__main__":
    main()
