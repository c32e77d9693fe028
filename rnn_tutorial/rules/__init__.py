"""The learning rules, one a file. A new rule is a file here and a name in the line below."""

from rnn_tutorial.rules import bptt, rflo, rtrl

__all__ = ["RULES"]

RULES = {module.rule.name: module.rule for module in (bptt, rtrl, rflo)}
