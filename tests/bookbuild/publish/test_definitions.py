"""Chapter 1's text is made from WordNet's files by the rules that are written down."""

from bookbuild.publish.definitions import corpus

LINE = "{offset:08} {file:02} n {n:02x} {nouns} 001 @ 00001740 n 0000 | {gloss}  "


def noun(file, *nouns, gloss):
    pairs = " ".join(f"{name} 0" for name in nouns)
    return LINE.format(offset=1, file=file, n=len(nouns), nouns=pairs, gloss=gloss)


LICENCE = "  1 This software is provided to you"
GLOSSES = [
    noun(5, "ox", "Bos", gloss='a (tame) bovine of the farm; "an ox of ours"'),
    noun(5, "Lassie", gloss="a famous collie"),  # a name
    noun(5, "t-rex", gloss="a large dinosaur"),
    noun(5, "brood", gloss="all 12 young"),  # a number
    noun(13, "stew", gloss="ox and ox and ox and ox, Slowly cooked"),
    noun(13, "roast", gloss="stew stew stew stew farm farm farm farm"),
    noun(4, "stew", gloss="agitation"),  # an act: another kind of stew
    noun(15, "farm", gloss="workplace"),  # a location
]


def test_definitions_are_chosen_and_words_get_a_kind_by_the_rules():
    text = corpus("\n".join([LICENCE, *GLOSSES]), LICENCE)
    assert text.splitlines() == [
        "# animal: ox",
        "ox a bovine of the farm",
        "# artifact: ",
        "# body: ",
        "# food: ",
        "roast stew stew stew stew farm farm farm farm",
        "stew ox and ox and ox and ox slowly cooked",
        "# person: ",
        "# plant: ",
        "# substance: ",
    ]


def test_a_verb_has_no_kind():
    text = corpus("\n".join(GLOSSES), f"{LICENCE}\nox v 1 0 1 0 00001\n")
    assert text.startswith("# animal: \n")
