"""The callables of chapter 5, each with good arguments and their kinds."""

from __future__ import annotations

from attention_course import grid_attention, grid_models
from tests.bad_input.chapters import ASKED, STACK, real, some
from tests.bad_input.kinds import (
    count,
    floats,
    mask,
    place,
    sizes,
    switch,
)
from tests.bad_input.survey import entry

GRIDS = {name: floats(some(2, 3, 4, 5, 6)) for name in ("query", "key", "value")}
EXTENT = sizes((1, 1, 1)).without("zeros", "none").also(none=())
PLACES = {"sizes": sizes((3, 4, 5)), "context_sizes": sizes((3, 4, 5))}
CELLS = {"mask": mask(real(3, 4, 5))}
GRID_ATTENTION = [
    entry(
        "grid_attention.full_attention", grid_attention.full_attention, **GRIDS, **CELLS
    ),
    entry(
        "grid_attention.axial_attention",
        grid_attention.axial_attention,
        **GRIDS,
        axis=place(1, most=2),
        **CELLS,
    ),
    entry("grid_attention.map_cells", grid_attention.map_cells, **PLACES),
    entry(
        "grid_attention.neighbourhood",
        grid_attention.neighbourhood,
        **PLACES,
        extent=EXTENT,
        causal=switch(False),
    ),
    entry(
        "grid_attention.nearby_attention_direct",
        grid_attention.nearby_attention_direct,
        **GRIDS,
        extent=EXTENT,
        **CELLS,
        causal=switch(False),
    ),
    entry(
        "grid_attention.nearby_attention",
        grid_attention.nearby_attention,
        **GRIDS,
        extent=EXTENT,
        **CELLS,
        causal=switch(False),
        need_weights=switch(False),
    ),
    entry(
        "grid_attention.weights_on_grid",
        grid_attention.weights_on_grid,
        weights=floats(some(3, 4, 5, 3, 3, 3)),
        context_sizes=sizes((3, 4, 5)),
    ),
    entry(
        "grid_attention.count_scores",
        grid_attention.count_scores,
        **PLACES,
        extent=EXTENT,
        causal=switch(False),
    ),
]

VIT = grid_models.VisionTransformer(
    (4, 6), 2, 1, 3, d_model=6, n_heads=2, n_layers=1, d_hidden=8
)
VIDEO = grid_models.VideoDecoder(
    (2, 4, 4), (1, 2, 2), d_model=6, n_heads=2, n_layers=1, d_hidden=8
)
FOLLOWER = grid_models.Follower(1, d_model=4, d_hidden=5)
BLOCK = {k: v for k, v in STACK.items() if k != "n_layers"}
GRID = {"grid": floats(some(2, 3, 4, 5, 6)), "context": floats(some(2, 3, 4, 5, 6))}
TWICE = {"use_self": switch(True), "use_cross": switch(True)}
GRID_MODELS = [
    entry(
        "grid_models.NearbyAttention",
        grid_models.NearbyAttention,
        d_model=count(6),
        n_heads=count(2),
        extent=EXTENT,
        d_context=count(4).without("None"),
        causal=switch(False),
        bias=switch(True),
    ),
    entry(
        "grid_models.NearbyAttention.forward",
        grid_models.NearbyAttention(6, 2, 1),
        grid=GRID["grid"],
        context=GRID["context"].without("None"),
        **CELLS,
        **ASKED,
    ),
    entry(
        "grid_models.NearbyDecoderBlock",
        grid_models.NearbyDecoderBlock,
        **BLOCK,
        extent=EXTENT,
        context_extent=EXTENT,
        d_context=count(4).without("None"),
        causal=switch(False),
        **TWICE,
    ),
    entry(
        "grid_models.NearbyDecoderBlock.forward",
        grid_models.NearbyDecoderBlock(6, 2, 8, 1, 1),
        **GRID,
        **ASKED,
    ),
    entry(
        "grid_models.VisionTransformer",
        grid_models.VisionTransformer,
        image_size=sizes((4, 6)),
        patch=sizes((2, 2)).also(that_divides_not=(3, 4)),
        n_channels=count(1),
        n_classes=count(3),
        **STACK,
    ),
    entry(
        "grid_models.VisionTransformer.forward",
        VIT,
        images=floats(some(2, 4, 6, 1)).also(
            channels=some(2, 4, 6, 3), another_size=some(2, 4, 4, 1)
        ),
        **ASKED,
    ),
    entry(
        "grid_models.Follower",
        grid_models.Follower,
        extent=count(1, low=0),
        d_model=count(4),
        d_hidden=count(5),
        patch_extent=count(1),
        stride=count(2),
        stay=switch(True),
    ),
    entry(
        "grid_models.Follower.forward",
        FOLLOWER,
        now=floats(some(2, 1, 6, 8, 1)).also(two_frames=some(2, 2, 6, 8, 1)),
        before=floats(some(2, 3, 6, 8, 1)).also(another_size=some(2, 3, 6, 6, 1)),
        value=floats(some(2, 3, 3, 4, 5)).also(pixels=some(2, 3, 6, 8, 5)),
    ),
    entry("grid_models.Follower.ask", FOLLOWER.ask, now=floats(some(2, 1, 6, 8, 1))),
    entry(
        "grid_models.Follower.embed", FOLLOWER.embed, grey=floats(some(2, 3, 6, 8, 1))
    ),
    entry(
        "grid_models.Follower.fetch",
        FOLLOWER.fetch,
        query=floats(some(2, 1, 3, 4, 4)),
        key=floats(some(2, 3, 3, 4, 4)),
        value=floats(some(2, 3, 3, 4, 5)),
    ),
    entry(
        "grid_models.trilinear",
        grid_models.trilinear,
        video=floats(some(2, 1, 2, 2, 1)),
        sizes=sizes((2, 4, 4)),
    ),
    entry(
        "grid_models.VideoDecoder",
        grid_models.VideoDecoder,
        sizes=sizes((2, 4, 4)),
        context_sizes=sizes((1, 2, 2)),
        patch=sizes((1, 2, 2)),
        context_patch=sizes((1, 2, 2)),
        extent=EXTENT,
        context_extent=EXTENT,
        **STACK,
        **TWICE,
    ),
    entry(
        "grid_models.VideoDecoder.forward",
        VIDEO,
        video=floats(some(2, 1, 2, 2, 1)),
        **ASKED,
    ),
]

ENTRIES = [*GRID_ATTENTION, *GRID_MODELS]
