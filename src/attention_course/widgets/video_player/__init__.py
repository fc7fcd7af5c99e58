"""Chapter 5: small videos side by side, and what a picked pixel attends to in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...grid_attention import map_cells, weights_on_grid
from ...shapes import check_axes, check_sizes
from ..shared.base import CourseWidget, check_range, check_within
from ..shared.fallback import grey_sheet, grey_square, html_table, png_data_uri
from ..shared.recordings import (
    MAX_LETTERS,
    pack_weights,
    packed,
    unpack_weights,
    unpacked,
)

__all__ = ["VideoPlayer"]

MAX_VIDEOS = 8
MAX_COLUMNS = 8  # frames of a video in it


class VideoPlayer(CourseWidget):
    """Play videos side by side; pick a pixel and see what it attends to.

    Formula: time ``t`` of ``F`` shows frame ``⌊(t + ½) · F_v / F⌋`` of a video with
    ``F_v`` frames, the one nearest in time

    Args:
        videos: by name, up to 8: brightness from 0 to 1, ``(F, H, W)`` or
            ``(F, H, W, 1)``, rounded to 256 grey levels and copied.
        weights: of one head of nearby attention, ``(F, H, W, 2e_F + 1, 2e_H + 1, 2e_W + 1)``,
            as :func:`attention_course.grid_attention.nearby_attention_direct` returns
            them, for the tokens of one of the videos; rounded by ``pack_weights``.
        extent: ``(e_F, e_H, e_W)``, or one number; checked against the weights.
        query: the name of the video whose pixels look; by default the first one that has
            as many frames, rows and columns as the weights.
        context: the name of the video that is looked at; by default ``query``.
        context_sizes: frames, rows and columns of the context's tokens; by default the
            context's own, and those of the weights where it is ``query``.
        fps: frames a second, 1 to 30.
        frame: the time that is shown, from 0 to F - 1, with F of the longest video.
        row: the row of the picked pixel in ``query``; the middle one by default.
        column: its column.

    A token may cover several pixels: the pixel in row ``r`` of ``H`` belongs to the token
    in row ``⌊r · H_t / H⌋`` of ``H_t``, and so for columns and frames.

    Raises:
        TypeError, ValueError: videos or weights that are no such tensors, do not fit each
            other, or are more than a page should carry.
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Wu et al. 2021 (arXiv 2111.12417), section 3.2. Chapter 5.
    """

    videos = traitlets.List(read_only=True).tag(sync=True)
    attention = traitlets.Dict(read_only=True).tag(sync=True)  # a recording, or nothing
    fps = traitlets.Int(4).tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        videos: Mapping[str, Tensor],
        *,
        weights: Tensor | None = None,
        extent: int | Sequence[int] | None = None,
        query: str | None = None,
        context: str | None = None,
        context_sizes: Sequence[int] | None = None,
        fps: int = 4,
        frame: int = 0,
        row: int | None = None,
        column: int | None = None,
        **kwargs: Any,
    ) -> None:
        recordings = _record_videos(videos)
        attention: dict[str, Any] = {}
        if weights is not None:
            attention = _record_weights(
                recordings, weights, extent, query, context, context_sizes
            )
            asks = recordings[attention["query"]]
            row = asks["height"] // 2 if row is None else row
            column = asks["width"] // 2 if column is None else column
        elif any(
            given is not None for given in (extent, query, context, context_sizes)
        ):
            raise ValueError(
                "extent, query, context, context_sizes: expected weights to go with them"
            )
        letters = sum(len(video["levels"]) for video in recordings)
        letters += sum(len(attention.get(name, "")) for name in ("largest", "weights"))
        if letters > MAX_LETTERS:
            raise ValueError(
                f"videos, weights: expected at most {MAX_LETTERS:,} letters of base64 in "
                f"all, got {letters:,}: give smaller videos or a smaller window"
            )
        self.set_trait("videos", recordings)
        self.set_trait("attention", attention)
        super().__init__(
            fps=fps, frame=frame, row=row or 0, column=column or 0, **kwargs
        )

    @property
    def n_frames(self) -> int:
        """How many times there are to show: the frames of the longest video."""
        return int(max(video["frames"] for video in self.videos))

    def shown(self) -> list[int]:
        """Return, for each video, the frame that is shown: the nearest in time."""
        n = self.n_frames
        return [_nearest(self.frame, n, video["frames"]) for video in self.videos]

    def video(self, name: str) -> Tensor:
        """Return a video as it is shown, in 256 grey levels: 0 to 1, ``(F, H, W)``."""
        video = self.videos[self._number(name)]
        return _grid_of(video)

    def query_token(self) -> list[int]:
        """Return the frame, row and column of the token that holds the picked pixel."""
        at = self._attention("query")
        video = self.videos[at]
        pixel = [self.shown()[at], self.row, self.column]
        with torch.device("cpu"):  # where its indices are made
            maps = map_cells(_sizes_of(video), self.attention["sizes"])
        return [int(line[n]) for line, n in zip(maps, pixel, strict=True)]

    def weights(self) -> Tensor:
        """Return the weights of the picked pixel's token on the context ``(F', H', W')``."""
        i, j, k = self.query_token()
        recording = self.attention
        window = [2 * e + 1 for e in recording["extent"]]
        every = unpack_weights(recording, [*recording["sizes"], math.prod(window)])
        windows = every.unflatten(-1, window)
        with torch.device("cpu"):  # where its indices are made
            on_grid = weights_on_grid(windows, recording["context_sizes"])
        return on_grid[i, j, k]

    def summary(self) -> str:
        """Say what is shown, and where the picked pixel looks."""
        names = ", ".join(
            f"{video['name']} {video['frames']} × {video['height']} × {video['width']}"
            for video in self.videos
        )
        told = f"time {self.frame} of 0 to {self.n_frames - 1} of {names}"
        if not self.attention:
            return told
        weights = self.weights()
        place = torch.unravel_index(weights.argmax(), weights.shape)
        where = ", ".join(str(int(n)) for n in place)
        by_frame = ", ".join(f"{w:.2f}" for w in weights.sum(dim=(1, 2)).tolist())
        asks, seen = (
            self.videos[self.attention[n]]["name"] for n in ("query", "context")
        )
        return (
            f"{told}; the pixel in row {self.row}, column {self.column} of {asks} gives cell "
            f"({where}) of {seen} the most weight, {float(weights.max()):.2f}; "
            f"by frame {by_frame}"
        )

    def fallback(self) -> str:
        """Return all frames as one picture, and what is shown as an HTML table."""
        strips, alt = self._pictures()
        tables = [self._video_table()]
        if self.attention:
            strips.append(self._weight_strip())
            alt += f"; {self._weight_words()}"
            tables.append(self._weight_table())
        sheet = grey_sheet(strips)
        return "\n".join(
            [
                f'<img alt="{escape(alt)}" width="{sheet.shape[1]}" '
                f'height="{sheet.shape[0]}" src="{png_data_uri(sheet)}">',
                *tables,
            ]
        )

    def _pictures(self) -> tuple[list[list[Tensor]], str]:
        """Return a strip of frames for each video, and the words that stand for them."""
        times = _spread(self.n_frames)
        strips, told = [], []
        for video in self.videos:
            grid = _grid_of(video)
            frames = [_nearest(t, self.n_frames, video["frames"]) for t in times]
            strips.append([grey_square(grid[n]) for n in frames])
            told.append(f"{video['name']}, mean brightness {float(grid.mean()):.2f}")
        alt = (
            f"Frames of {len(self.videos)} {'video' if len(told) == 1 else 'videos'}, one in "
            f"each row, at times {', '.join(map(str, times))} from left to right: "
            f"{'; '.join(told)}"
        )
        return strips, alt

    def _video_table(self) -> str:
        rows = [
            [
                video["name"],
                f"{video['frames']} × {video['height']} × {video['width']}",
                str(n),
                f"{float(_grid_of(video)[n].mean()):.2f}",
            ]
            for video, n in zip(self.videos, self.shown(), strict=True)
        ]
        heads = ["video", "frames × rows × columns", "frame shown", "its brightness"]
        return html_table(f"Videos: {self.summary()}.", heads, rows)

    def _weight_strip(self) -> list[Tensor]:
        weights = self.weights()
        top = float(weights.max()) or 1.0
        return [grey_square(weights[n] / top) for n in _spread(len(weights))]

    def _weight_words(self) -> str:
        weights = self.weights()
        top = float(weights.max()) or 1.0
        return (
            "in the last row the weights of the picked pixel on frames "
            f"{', '.join(map(str, _spread(len(weights))))} of the context, white = {top:.2f}"
        )

    def _weight_table(self) -> str:
        weights = self.weights()
        best = weights.flatten().topk(min(6, weights.numel()))
        cells = [torch.unravel_index(n, weights.shape) for n in best.indices]
        rows = [
            [", ".join(str(int(n)) for n in cell), f"{weight:.3f}"]
            for cell, weight in zip(cells, best.values.tolist(), strict=True)
        ]
        heads = ["frame, row, column", "weight"]
        return html_table("Where the picked pixel looks most.", heads, rows)

    def _number(self, name: str) -> int:
        return _number_of(self.videos, "name", name)

    def _attention(self, name: str) -> int:
        if not self.attention:
            raise ValueError("weights: this player was given none")
        return int(self.attention[name])

    @traitlets.validate("fps", "frame", "row", "column")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "fps":
            return check_range(name, value, 1, 30)
        asks = self.videos[self.attention["query"]] if self.attention else None
        highs = {
            "frame": self.n_frames - 1,
            "row": asks["height"] - 1 if asks else 0,
            "column": asks["width"] - 1 if asks else 0,
        }
        return check_range(name, value, 0, highs[name])


def _record_videos(videos: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    if not isinstance(videos, Mapping) or not 1 <= len(videos) <= MAX_VIDEOS:
        got = len(videos) if isinstance(videos, Mapping) else type(videos).__name__
        raise ValueError(
            f"videos: expected 1 to {MAX_VIDEOS} videos by name, got {got}"
        )
    recordings = []
    for name, video in videos.items():
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"videos: expected names in words, got {name!r}")
        label = f"videos[{name!r}]"
        if isinstance(video, Tensor) and video.ndim == 4:
            check_axes(label, video, "F H W 1")
            video = video.squeeze(-1)  # (F, H, W)
        sizes = check_axes(label, video, "F H W")
        if not video.numel():
            raise ValueError(f"{label}: expected at least one pixel, got {sizes}")
        check_within(label, video, 0, 1, "brightness")
        recordings.append(
            {
                "name": name,
                "frames": sizes["F"],
                "height": sizes["H"],
                "width": sizes["W"],
                "levels": packed(video.detach() * 255, "u1"),
            }
        )
    return recordings


def _record_weights(
    videos: Sequence[Mapping[str, Any]],
    weights: Tensor,
    extent: int | Sequence[int] | None,
    query: str | None,
    context: str | None,
    context_sizes: Sequence[int] | None,
) -> dict[str, Any]:
    found = check_axes("weights", weights, "F H W n_F n_H n_W")
    sizes, window = list(weights.shape[:3]), list(weights.shape[3:])
    if not weights.numel() or any(n % 2 == 0 for n in window):
        raise ValueError(
            "weights: expected windows (n_F, n_H, n_W) of odd sizes, "
            f"got shape {tuple(weights.shape)}"
        )
    check_within("weights", weights, 0, 1)
    halves = [n // 2 for n in window]
    if extent is not None:
        several = extent if isinstance(extent, Sequence) else [extent] * 3
        if list(check_sizes("extent", several, n_axes=3, at_least=0)) != halves:
            raise ValueError(
                f"extent: expected {halves}, half of the windows {window}, got {extent}"
            )
    if query is None:
        same = [n for n, video in enumerate(videos) if _sizes_of(video) == sizes]
        if not same:
            raise ValueError(
                f"query: expected the name of the video with tokens {tuple(sizes)}: "
                "none has as many frames, rows and columns"
            )
        asks = same[0]
    else:
        asks = _number_of(videos, "query", query)
    seen = asks if context is None else _number_of(videos, "context", context)
    if context_sizes is None:
        context_sizes = sizes if seen == asks else _sizes_of(videos[seen])
    context_sizes = list(check_sizes("context_sizes", context_sizes, n_axes=3))
    for name, number, tokens in [
        ("query", asks, [found["F"], found["H"], found["W"]]),
        ("context", seen, context_sizes),
    ]:
        pixels = _sizes_of(videos[number])
        if any(n > most for n, most in zip(tokens, pixels, strict=True)):
            raise ValueError(
                f"{name}: expected at most as many tokens as pixels {tuple(pixels)} of "
                f"{videos[number]['name']!r}, got {tuple(tokens)}"
            )
    return {
        "query": asks,
        "context": seen,
        "sizes": sizes,
        "context_sizes": context_sizes,
        "extent": halves,
        **pack_weights(weights.flatten(3)),  # rows of (F, H, W, n)
    }


def _number_of(videos: Sequence[Mapping[str, Any]], argument: str, name: str) -> int:
    names = [video["name"] for video in videos]
    if name not in names:
        raise ValueError(
            f"{argument}: expected one of {', '.join(names)}, got {name!r}"
        )
    return names.index(name)


def _sizes_of(video: Mapping[str, Any]) -> list[int]:
    return [video["frames"], video["height"], video["width"]]


def _grid_of(video: Mapping[str, Any]) -> Tensor:
    return (unpacked(video["levels"], "u1") / 255).reshape(_sizes_of(video))


def _nearest(t: int, n_times: int, n_frames: int) -> int:
    """Find the frame whose middle is nearest to the middle of time ``t``."""
    return (2 * t + 1) * n_frames // (2 * n_times)


def _spread(n: int) -> list[int]:
    """Take at most ``MAX_COLUMNS`` of ``n`` frames, evenly, in order."""
    most = min(n, MAX_COLUMNS)
    return [_nearest(t, most, n) for t in range(most)]
