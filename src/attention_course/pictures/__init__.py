"""Pictures with their words, and the source code that a chapter shows."""
