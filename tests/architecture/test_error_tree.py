"""The tree of errors: every exception that the program defines is drawn in `reconciler.errors`, under its parent."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter

import reconciler
from reconciler import errors

_DRAWN = re.compile(r"^    (?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+Error)(?: |$)", re.MULTILINE)
_LEVEL = 4
OUTSIDE = {"AbandonedError": "BaseException", "DeadlineError": "TimeoutError"}


def defined() -> list[type[BaseException]]:
    """Every exception class that a module of the program defines."""
    names = (each.name for each in pkgutil.walk_packages(reconciler.__path__, "reconciler."))
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    return [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseException) and each.__module__ == module.__name__
    ]


def drawn() -> dict[str, str]:
    """The parent of every class that the docstring draws inside of the tree, by name."""
    page = (errors.__doc__ or "").partition("Outside of the tree")[0]
    way: list[str] = []
    parents: dict[str, str] = {}
    for found in _DRAWN.finditer(page):
        depth = len(found["indent"]) // _LEVEL
        parents[found["name"]] = way[depth - 1] if depth else "Exception"
        way[depth:] = [found["name"]]
    return parents


def test_every_error_is_drawn_under_its_parent() -> None:
    assert {each.__name__: each.__bases__[0].__name__ for each in defined()} == drawn() | OUTSIDE


def test_an_error_outside_of_the_tree_is_justified_on_the_page() -> None:
    page = (errors.__doc__ or "").partition("Outside of the tree")[2]
    assert {found["name"] for found in _DRAWN.finditer(page)} == set(OUTSIDE)


def test_no_two_errors_have_one_name() -> None:
    assert [name for name, times in Counter(each.__name__ for each in defined()).items() if times > 1] == []


def test_every_error_has_a_sentence_of_its_own() -> None:
    assert [each.__name__ for each in defined() if not each.__doc__] == []
