"""How recurrent networks can learn: three learning rules, exact and small enough to read.

The names and signs are those of the book's notation page. Time is the first axis of every array and is counted in
steps. Each rule returns the gradient of the loss, or its estimate of it, to be subtracted.
"""

from rnn_tutorial import diagnostics, tasks
from rnn_tutorial.ensembles import Ensemble, train_ensemble
from rnn_tutorial.network import Gradients, Network, Trajectory
from rnn_tutorial.rule import Rule
from rnn_tutorial.rules import RULES
from rnn_tutorial.tasks import Task
from rnn_tutorial.training import DivergenceWarning, History, train

bptt, rtrl, rflo = RULES["bptt"], RULES["rtrl"], RULES["rflo"]

__all__ = [
    "DivergenceWarning",
    "Ensemble",
    "Gradients",
    "History",
    "Network",
    "Rule",
    "Task",
    "Trajectory",
    "bptt",
    "diagnostics",
    "rflo",
    "rtrl",
    "tasks",
    "train",
    "train_ensemble",
]
__version__ = "0.1.0"
