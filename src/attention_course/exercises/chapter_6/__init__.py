"""Chapter 6's exercises: the cache, positions by turning, shared heads, softmax online, windows."""
