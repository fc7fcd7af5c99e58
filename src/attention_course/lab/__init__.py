"""What the chapters train and load."""
