"""Chapter 3's exercises: scores, masks, weights, and what comes of them."""
