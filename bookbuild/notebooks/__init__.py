"""Notebooks: run, written in one form, compared, and handed-in ones checked again."""
