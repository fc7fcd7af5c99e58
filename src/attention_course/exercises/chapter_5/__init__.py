"""Chapter 5's exercises: blocks, non-local, axial and nearby attention, grids of two sizes."""
