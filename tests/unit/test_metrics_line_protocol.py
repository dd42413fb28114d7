"""Line protocol: goldens by its reference, and any text comes back as it was."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics import schema
from services.metrics.line_protocol import line
from services.metrics.points import Point, Value


def test_a_line_has_sorted_tags_typed_fields_and_nanoseconds() -> None:
    fields: dict[str, Value] = {"boot": "b1", "seq": 7, "speed_kmh": 0.0, "contact": True, "lost": False}
    tags = {"treadmill": "tm-01", "goal": "mobility"}
    assert line(Point(schema.TREADMILL, tags, fields, 1_700_000_000_123_000_007)) == (
        'treadmill,goal=mobility,treadmill=tm-01 boot="b1",seq=7i,speed_kmh=0.0,contact=true,lost=false '
        "1700000000123000007"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out(value: float) -> None:
    told = Point(schema.STRAP, {"strap": "hr-01"}, {"hr_bpm": 90, "x": value}, 1)
    assert line(told) == "strap,strap=hr-01 hr_bpm=90i 1"
    assert line(Point(schema.STRAP, {"strap": "hr-01"}, {"x": value}, 1)) == ""


def test_a_point_without_tags_or_fields() -> None:
    assert line(Point(schema.STRAP, {}, {"hr_bpm": 90}, 1)) == "strap hr_bpm=90i 1"
    assert line(Point(schema.STRAP, {"strap": ""}, {"hr_bpm": 90}, 1)) == "strap hr_bpm=90i 1"
    assert line(Point(schema.STRAP, {"strap": "a"}, {}, 1)) == ""


@given(text=st.text(max_size=30), tag=st.text(max_size=30))
def test_a_line_is_one_line_and_texts_come_back(text: str, tag: str) -> None:
    said = line(Point(schema.EVENT, {"kind": tag, "treadmill": "tm-01"}, {"text": text}, 5))
    assert "\n" not in said
    assert "\r" not in said
    assert said.endswith(",treadmill=tm-01 text=" + said.partition(" text=")[2])
    quoted = re.fullmatch(r'.*,treadmill=tm-01 text="((?:[^"\\]|\\["\\])*)" 5', said)
    assert quoted is not None
    assert re.sub(r"\\([\"\\])", r"\1", quoted[1]) == re.sub(r"[\r\n]", " ", text)
    unescaped = re.sub(r"\\(.)", "", said.partition(",treadmill=")[0])
    assert unescaped.count(" ") == 0, "an unescaped space ends the tags"
