from __future__ import annotations


def test_each_line_is_a_text(reading):
    found = reading("a.txt", "Oslo, in Norway\r\n\n  \nBergen\u2028too")
    assert found.documents == [(1, {"text": "Oslo, in Norway"}), (4, {"text": "Bergen\u2028too"})]


def test_a_line_that_is_not_utf_8_is_refused_and_the_rest_goes_on(reading):
    found = reading("a.txt", b"one\ntw\xf6\nthree\n")
    assert found.texts == ["one", "three"]
    assert found.refused == [(2, "byte 2 of the line is not UTF-8")]


def test_what_looks_like_json_is_a_text(reading):
    assert reading("a.txt", '{"text": "x"}\n').texts == ['{"text": "x"}']
