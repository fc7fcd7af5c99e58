"""Widgets that answer in JupyterLab, on Colab and in the built book without a kernel."""

from .alignment_viewer import AlignmentViewer
from .base import CourseWidget
from .decoding_stepper import DecodingStepper
from .digit_pad import DigitPad
from .embedding_explorer import EmbeddingExplorer
from .head_viewer import HeadViewer
from .neighbourhood_explorer import NeighbourhoodExplorer
from .patch_attention_viewer import PatchAttentionViewer
from .patch_explorer import PatchExplorer
from .position_explorer import PositionExplorer
from .score_explorer import ScoreExplorer
from .video_pad import VideoPad
from .video_player import VideoPlayer
from .worked_example import WorkedExample

__all__ = [
    "AlignmentViewer",
    "CourseWidget",
    "DecodingStepper",
    "DigitPad",
    "EmbeddingExplorer",
    "HeadViewer",
    "NeighbourhoodExplorer",
    "PatchAttentionViewer",
    "PatchExplorer",
    "PositionExplorer",
    "ScoreExplorer",
    "VideoPad",
    "VideoPlayer",
    "WorkedExample",
]
