"""Making a bundle: labelled texts to a mention head, type statistics and a detector over a frozen backbone.

`train` is the whole of it, `hybrid train` its command; `learn_weights`, `calibrate` and `evaluate` finish a bundle on
the tasks to develop on. torch is imported when they run, not before.
"""

from hybrid.training.config import Progress, Report, TrainingConfig
from hybrid.training.finishing import calibrate, evaluate, learn_weights
from hybrid.training.trainer import train

__all__ = ["Progress", "Report", "TrainingConfig", "calibrate", "evaluate", "learn_weights", "train"]
