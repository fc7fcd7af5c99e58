"""WordNet's definitions: what comes with the course, and the kinds of its words."""

from collections import Counter

from attention_course.data.definitions import FILE, load_definitions

KINDS = ["animal", "artifact", "body", "food", "person", "plant", "substance"]


def test_the_definitions_are_as_many_as_the_page_says():
    sentences, kinds = load_definitions()
    assert len(sentences) == 19_486
    assert len(kinds) == 664
    assert sorted(set(kinds.values())) == KINDS
    assert min(Counter(kinds.values()).values()) >= 40
    numbers = (
        f"{len(sentences):,} definitions of nouns and the kinds of {len(kinds)} of"
    )
    assert numbers in load_definitions.__doc__


def test_a_definition_is_words_and_begins_with_its_noun():
    sentences, kinds = load_definitions()
    assert all(word.isascii() and word.islower() for s in sentences for word in s)
    assert all(len(sentence) >= 2 for sentence in sentences)
    nouns = {sentence[0] for sentence in sentences}
    assert {"shrub", "antelope", "broth", "ankle", "enzyme"} <= nouns & kinds.keys()


def test_a_word_with_a_kind_occurs_five_times_or_more():
    sentences, kinds = load_definitions()
    counts = Counter(word for sentence in sentences for word in sentence)
    assert min(counts[word] for word in kinds) == 5


def test_the_file_is_small_and_its_licence_lies_beside_it():
    assert FILE.stat().st_size <= 400_000
    licence = FILE.with_name("definitions-licence.txt").read_text(encoding="ascii")
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in licence
