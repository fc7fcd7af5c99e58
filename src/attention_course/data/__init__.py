"""Real data that needs no download: everything here works offline and is seeded."""
