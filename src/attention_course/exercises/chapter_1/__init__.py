"""Chapter 1's exercises: one-hot vectors, lookup, neighbours, patches."""
