"""Lines out of a stream, however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.lines import parse_json, split_lines

TEXT = st.binary(max_size=60) | st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"bcd"])).map(b"".join)


def expected(stream: bytes, longest: int) -> list[bytes]:
    lines = stream.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix(b"\r")[: longest + 1] for line in lines]


@given(TEXT, st.integers(1, 20), st.lists(st.integers(0, 60)))
def test_any_cutting_of_a_stream_gives_the_same_lines(stream: bytes, longest: int, cuts: list[int]) -> None:
    places = sorted({0, *cuts, len(stream)})
    parts = [stream[start:end] for start, end in pairwise(places)]
    assert list(split_lines(parts, longest)) == expected(stream, longest)


def test_a_line_without_end_is_never_held() -> None:
    held = list(split_lines((b"x" * 1000 for _ in range(10_000)), 10))
    assert held == [b"x" * 11]


def test_a_return_inside_of_a_long_line_does_not_hide_its_length() -> None:
    assert list(split_lines([b"aaa\rbbb\n"], 3)) == [b"aaa\r"]


def test_a_line_of_just_the_length_is_whole() -> None:
    assert list(split_lines([b"aaa\r", b"\n", b"bbb"], 3)) == [b"aaa", b"bbb"]


@pytest.mark.parametrize(
    ("line", "found"),
    [(rb'"a\ud83d\ude00b"', "a\U0001f600b"), (rb'"a\ud83db"', "a?b"), (rb'{"x": "\uDE00"}', {"x": "?"}), (b"1", 1)],
)
def test_half_a_surrogate_pair_does_not_survive(line: bytes, found: object) -> None:
    assert parse_json(line) == found
