"""What makes the book out of the course: notebooks, pages, models, site. Not in the wheel.

``python -m bookbuild`` lists the commands.
"""
