"""Chapter 4's exercises: one head, many heads, masks, positions, the block, reading heads."""
