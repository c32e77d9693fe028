"""Exercises whose answers are numbers or letters: compared by a salted hash, so that no answer stands anywhere."""

import hashlib
import numbers
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from rnn_book.checks.exercise import Verdict

__all__ = ["ANSWERS", "digest", "examine"]


class Asked(NamedTuple):
    """One thing that an exercise asks for: its shape, the hash of the answer, and what to say to a known wrong one."""

    shape: tuple
    answer: str
    known: dict


SALT = "a synapse cannot know this"


def digest(exercise, name, value):
    """The hash of an answer; numbers count to three digits, letters without case or spaces."""
    words = f"{SALT}/{exercise}/{name}/{canonical(value)}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def canonical(value):
    """One way to write an answer: nested tuples of numbers and words."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, numbers.Real):
        rounded = f"{float(value):.3g}"
        return "0" if float(rounded) == 0 else f"{float(rounded):g}"
    if isinstance(value, str):
        return "".join(value.lower().split())
    if isinstance(value, Iterable):
        return "(" + ",".join(map(canonical, value)) + ")"
    raise TypeError("Give numbers, letters, or lists of them.")


def shape(value):
    """The shape of an answer, empty for one number or one word."""
    return () if isinstance(value, str) or not isinstance(value, Iterable) else np.shape(list(value))


def examine(exercise, answers):
    """The `Verdict` on answers given by name."""
    asked = ANSWERS[exercise]
    listed = ", ".join(asked)
    if answers.keys() - asked.keys() or not answers:
        return Verdict(f"{exercise}: not yet.\n  Give these by name: {listed}.", 0, len(asked))
    lines, right = [], 0
    for name, (expected, answer, known) in asked.items():
        if name not in answers:
            lines.append(f"{name}: still to come.")
            continue
        try:
            found = digest(exercise, name, answers[name])
        except (TypeError, ValueError) as error:
            lines.append(f"{name}: {error}")
            continue
        if shape(answers[name]) != expected:
            wanted = f"an array of shape {expected}" if expected else "one number or one word"
            lines.append(f"{name}: {wanted} is asked for.")
        elif found == answer:
            right += 1
        else:
            lines.append(f"{name}: {known.get(found, 'no.')}")
    if right == len(asked):
        return Verdict(f"{exercise}: right.", right, right)
    return Verdict("\n  ".join([f"{exercise}: not yet.", *lines]), right, len(asked))


ANSWERS = {
    "net-hand": {
        "h1": Asked((2,), "4b0af2df93c63aca", {}),
        "h2": Asked((2,), "bd2bc3e5b4b9ce2a", {}),
        "y": Asked((2,), "28bcff4edf3d4b1d", {}),
        "loss": Asked(
            (),
            "9c96801ee07b76cd",
            {
                "eae01a3aa3b96304": "The mean over the T steps is missing.",
                "62a859784b4b0f76": "Half of it, and the mean over the T steps.",
                "84eab4c6c8338bed": "It is divided by T once too often.",
            },
        ),
    },
    "net-shapes": {
        "W_in": Asked((2,), "11b6f17d153eb47d", {"6b05b6df5e1ca4aa": "Transposed: rows receive."}),
        "W_out": Asked((2,), "68c515d18f9f918c", {"2e4764bb5fb5d6f0": "Transposed: rows receive."}),
        "B": Asked((2,), "9eb98d79fb59c32e", {"db116250c57ca716": "Transposed: the units receive what B brings."}),
        "x": Asked((2,), "957efc066becc63e", {"f495113de95b2ede": "Time comes first."}),
        "h": Asked(
            (2,),
            "8580f1ee7b6bc733",
            {"1556ef19ccd2b31a": "The initial state is one too.", "5c5b37ff002f0f59": "Time comes first."},
        ),
        "u": Asked(
            (2,),
            "643f8f482db2c3f7",
            {"bfab575aa6d64de4": "There is one current for each step.", "d77826270d6365b1": "Time comes first."},
        ),
        "y": Asked(
            (2,),
            "3f2b62ffc667dee3",
            {"01ccfa28af728067": "There is one output for each step.", "a81050d843aa58a6": "Time comes first."},
        ),
        "error": Asked((2,), "5299ebdd815eee0d", {}),
    },
    "net-mirror": {
        "h": Asked((), "67cd88cfe4387024", {}),
        "u": Asked((), "a450a542af0822fc", {}),
        "y": Asked((), "1a6015755b23c866", {}),
        "loss": Asked(
            (),
            "ea8abe65a5489cb7",
            {
                "78b0e09bd1f959a5": "The target has not been flipped.",
                "9820c690934dc533": "A sum of squares cannot be negative.",
            },
        ),
    },
    "net-analytic": {
        "abs": Asked((), "4f9eb3f024696a50", {}),
        "maximum": Asked((), "d8b355ad4c55cb4c", {}),
        "where": Asked((), "456eb3e02e0ab143", {}),
    },
    "net-autapse": {
        "w": Asked(
            (),
            "e8155e6d4291cdf8",
            {"81d7cf1c5a9074dc": "Then activity grows for ever.", "5506d15bcbf58943": "Then activity grows for ever."},
        ),
    },
    "bptt-hand": {
        "z1": Asked((2,), "47d8fdff4d9feb58", {}),
        "z0": Asked(
            (2,),
            "8938eeb0e43eda48",
            {
                "b5a164edffe95f8d": "Only the leak has brought credit back.",
                "4f9ecd84e44cd240": "The credit of the later step comes back with a factor.",
            },
        ),
        "dW": Asked(
            (2, 2),
            "efb0b061bf234b58",
            {
                "19a1daa69c57be6a": "The sign is turned: this is the step, not the gradient.",
                "497ee942d87c38d2": "The 1/T of the loss is missing.",
                "9de68a88e0d463be": "It is transposed: the row is the unit that receives.",
            },
        ),
    },
    "bptt-pairs": {
        "count": Asked(
            (),
            "3562a153d510ae7f",
            {
                "90221d5214885b6c": "These are the pairs without truncation.",
                "eb52acfe80e7beea": "The last block has two steps only.",
            },
        ),
    },
    "bptt-first": {
        "bptt_W_in": Asked((), "a78e001f8a1a6dd8", {}),
        "bptt_W": Asked((), "f3ccfd59c05392a7", {}),
        "bptt_W_out": Asked((), "72466c2755bf76eb", {}),
        "rflo_W_in": Asked((), "af5ba0a562ed5e0c", {"a8315ae3714f1205": "RFLO's error comes back through B."}),
        "rflo_W": Asked((), "2655784f9045ef88", {"a6ab9869759ca9d0": "RFLO's error comes back through B."}),
        "rflo_W_out": Asked((), "b604df9913cebc54", {}),
    },
    "rtrl-hand": {
        "P2_first": Asked((2, 2), "162d9bf11e2869fd", {}),
        "P2_second": Asked(
            (2, 2), "2d79d746eb42ad2a", {"c694128f09c7e045": "What unit 1 passes on to unit 2 is missing."}
        ),
        "dW": Asked(
            (2, 2), "ba1df09910e1c3a6", {"a9a00d5221ece05d": "The sign is turned: this is the step, not the gradient."}
        ),
    },
    "rflo-hand": {
        "p2": Asked((2, 2), "31f0bb3c8707bc7f", {}),
        "local": Asked(
            (2, 2),
            "db87bb79e038267d",
            {
                "e22fbe7001072ad9": "This is the exact gradient. Keep what the synapse itself can see.",
                "87f9e593acaa4b5c": "The sign is turned.",
            },
        ),
        "angle": Asked((), "34354a9d73e2d05f", {}),
        "rflo": Asked(
            (2, 2), "d1c4756653af6879", {"c3025293049f43a2": "The error comes back through the readout. Use B."}
        ),
    },
    "rflo-sketch": {
        "traces": Asked(
            (4,),
            "e2859dec95a3c674",
            {
                "7ae7f9ac39916d60": "The trace knows nothing of the error. It has the sign of the activity.",
                "06cf8bf5a76f648e": "In C the activity comes after the error. Nothing has filled the trace yet.",
                "55fd4a3281d3759b": "In D the postsynaptic unit is saturated: its slope is zero.",
            },
        ),
        "changes": Asked(
            (4,),
            "f6dbd1c9b6c1992f",
            {
                "1cee88c1c57c10a8": "In B two negative factors meet.",
                "264dc15cc9efc6ba": "In C the error is over when the trace begins.",
            },
        ),
    },
    "rflo-parabola": {
        "v": Asked(
            (),
            "dfe31699abc0b8fc",
            {
                "1e429c08ab94d07b": "The square comes with a half.",
                "da4bf26e799f271f": "The parabola goes through the start: w is not zero there.",
            },
        ),
        "threshold": Asked(
            (),
            "7d6039c72b7a3ee3",
            {
                "bb449b082a6c8bf3": "There w would begin to help by itself. The readout's part helps always.",
                "dc404743467d012c": "There both parts lower the loss.",
            },
        ),
    },
}
