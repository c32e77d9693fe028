"""What the chapter on RFLO says in words of its numbers, beside the tables of the page as it was built."""

import pytest
from words_of_pages import of, row_of, said_in, tables_of


@pytest.fixture(scope="module")
def tables():
    return tables_of("rflo")


@pytest.fixture(scope="module")
def said():
    return said_in("rflo")


def test_the_angles_are_as_the_answer_says(tables, said):
    assert "its median falls from about 100 degrees to less than 10" in said
    assert "in all eight networks below 90 degrees with its own $B$, on either side of 90 with a fresh one" in said
    rows = of(tables, "trained, median")
    before, after = (float(cell) for cell in row_of(rows, "random B")[1:3])
    assert 95 < before < 105
    assert after < 10
    (least, largest), (fresh_least, fresh_largest) = (
        map(float, row_of(rows, label)[3:]) for label in ("RFLO", "RFLO, fresh B")
    )
    assert largest < 90
    assert fresh_least < 90 < fresh_largest
    assert least > 75, "close to a right angle"


def test_the_readout_leads_as_the_answer_says(tables, said):
    assert "$W$ raises the loss in most of these trials. From trial 100 on it lowers it in nearly all of them" in said
    early, _, late = (float(row[1]) for row in of(tables, "W lowers the loss in (%)"))
    assert early < 50
    assert late > 90


def test_the_funnel_is_as_the_text_says(tables, said):
    with_b, drawn, without, other = (float(row[1]) for row in of(tables, "without B"))
    readout = float(row_of(of(tables, "trained, median"), "B and the readout")[2])
    assert "within ten degrees of the gradient in the median, though $B$ is about half of a right angle" in said
    assert with_b < 10
    assert 40 < readout < 60
    assert abs(drawn - readout) < 10, "not far from the angle of B to the readout"
    assert without > drawn
    assert other < drawn / 2, "the funnel serves it as well"


def test_the_trace_is_needed_as_the_answers_say(tables, said):
    rows = of(tables, "memory of the trace")
    (one, *none_range), (tau, *tau_range), (ten, _, _) = ([float(cell) for cell in row[1:]] for row in rows)
    assert none_range[0] < tau_range[1], "the two ranges overlap"
    assert tau < one < ten
    assert "in the median both end below a twentieth of the loss of a silent output" in said
    assert "less than a tenth of the loss of a silent output, no memory about half" in said
    (none, own, longer) = ([float(cell) for cell in row[1:]] for row in of(tables, "0.5τ"))
    assert max(none[0], own[0]) < 1 / 20
    assert own[2] < 1 / 10
    assert 0.4 < none[2] < 0.6
    assert own[2] < longer[2] < none[2]
