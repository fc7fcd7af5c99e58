"""Widgets that answer in JupyterLab, on Colab and in the built book without a kernel."""

from .alignment_viewer import AlignmentViewer
from .base import CourseWidget
from .decoding_stepper import DecodingStepper
from .embedding_explorer import EmbeddingExplorer
from .patch_explorer import PatchExplorer
from .score_explorer import ScoreExplorer

__all__ = [
    "AlignmentViewer",
    "CourseWidget",
    "DecodingStepper",
    "EmbeddingExplorer",
    "PatchExplorer",
    "ScoreExplorer",
]
