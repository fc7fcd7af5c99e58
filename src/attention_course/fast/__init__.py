"""Ways to compute fast what the chapters show in the direct way; tests compare the two."""
