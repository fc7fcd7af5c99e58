"""Widgets that answer in JupyterLab, on Colab and in the built book without a kernel."""

from .alignment_viewer import AlignmentViewer
from .base import CourseWidget
from .decoding_stepper import DecodingStepper
from .embedding_explorer import EmbeddingExplorer
from .head_viewer import HeadViewer
from .patch_explorer import PatchExplorer
from .position_explorer import PositionExplorer
from .score_explorer import ScoreExplorer
from .worked_example import WorkedExample

__all__ = [
    "AlignmentViewer",
    "CourseWidget",
    "DecodingStepper",
    "EmbeddingExplorer",
    "HeadViewer",
    "PatchExplorer",
    "PositionExplorer",
    "ScoreExplorer",
    "WorkedExample",
]
