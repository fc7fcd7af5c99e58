"""Pages of the book that are made from the code."""
