"""Chapter 2's exercises: padded batches, what is fed and what counts, how a decoder writes."""
