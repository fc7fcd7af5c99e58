"""What holds for the package as a whole, whatever a module teaches."""

import importlib
import pkgutil
from collections import defaultdict

import attention_course


def public_classes():
    """Every class that some module's ``__all__`` offers, as "module.Class" by name."""
    found = defaultdict(set)
    for module in pkgutil.walk_packages(attention_course.__path__, "attention_course."):
        part = importlib.import_module(module.name)
        for name in getattr(part, "__all__", []):
            thing = getattr(part, name)
            if isinstance(thing, type):
                found[name].add(f"{thing.__module__}.{thing.__qualname__}")
    return found


def test_no_two_public_classes_share_a_name():
    classes = public_classes()
    assert len(classes) > 40  # the walk has found them
    assert {name: where for name, where in classes.items() if len(where) > 1} == {}
