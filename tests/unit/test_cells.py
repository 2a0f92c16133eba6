# ruff: noqa: RUF001
"""Cells that a spreadsheet would run are marked, and no others."""

import pytest

from fanfold.cells import harmless


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\n\n =1",
        " =1",
        "\u00a0=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠a",
    ],
)
def test_what_begins_a_formula_is_marked(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; ＝1", "a;' ＝1"),
        ("a;@b;+c", "a;'@b;'+c"),
        ("a;-2+3+cmd|' /C calc'!A0", "a;'-2+3+cmd|' /C calc'!A0"),
        ("=a;=b", "'=a;'=b"),
    ],
)
def test_so_is_what_begins_one_behind_a_semicolon(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize("text", ["", "a", "a=1", "a;b", "a; b", "fine ;-)", "1-1", "a\n- b\n- c", "x@y", 1, -1.5])
def test_all_else_stays_as_it_is(text: str | float) -> None:
    assert harmless(text) == text
