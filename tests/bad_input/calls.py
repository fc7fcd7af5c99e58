"""Every public callable of the package, with good arguments and their kinds."""

from tests.bad_input import chapters, grids, pictures, rooms, today, widgets, words

ENTRIES = [
    *chapters.ENTRIES,
    *words.WORDS,
    *grids.ENTRIES,
    *rooms.ENTRIES,
    *pictures.ENTRIES,
    *widgets.ENTRIES,
    *today.ENTRIES,
]
