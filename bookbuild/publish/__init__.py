"""What leaves the house: the PDF, and the course under another address."""
