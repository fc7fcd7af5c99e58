"""What the widgets share: their base classes in Python, and modules of JavaScript."""
