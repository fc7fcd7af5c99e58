"""What every drawing is made with: one palette, labels, and a pen."""
