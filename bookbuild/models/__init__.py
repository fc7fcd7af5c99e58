"""The trained models that answer in the built pages, a folder for each."""
