"""Tables that cells return."""

import nbformat
import numpy as np
import pytest
from myst_nb.ext.glue import extract_glue_data

from rnn_book import tables
from rnn_book.tables import glue, number, table


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1234, "0.123"),
        (0.03, "0.03"),
        (433.6, "434"),
        (1234.5, "1230"),
        (0.0, "0"),
        (-2.0, "-2"),
        (0.0009996, "0.001"),  # rounded before it is placed
        (99_990.0, r"$1 \cdot 10^{5}$"),
        (3.4e-12, r"$3.4 \cdot 10^{-12}$"),
        (-2e7, r"$-2 \cdot 10^{7}$"),
        (12_345, "12,345"),
        (np.int64(7), "7"),
        (np.float32(0.5), "0.5"),
        (np.nan, "–"),
        (np.inf, "–"),
    ],
)
def test_a_number_is_written_for_readers(value, shown):
    assert number(value) == shown


def test_more_digits_show_more():
    assert number(0.123456, 5) == "0.12346"


def test_numbers_stand_at_the_right_words_at_the_left():
    found = table(["rule", "loss", "exact"], [["BPTT", 0.25, True], ["RFLO", None, np.False_]])
    assert found.data.splitlines() == [
        "| rule | loss | exact |",
        "| --- | ---: | --- |",
        "| BPTT | 0.25 | yes |",
        "| RFLO | – | no |",
    ]


def test_a_column_may_be_headed_by_a_number():
    assert table(["K", 5, 0.25], []).data.splitlines()[0] == "| K | 5 | 0.25 |"


def test_a_bar_in_a_text_does_not_end_its_cell():
    assert r"| \|z\| |" in table(["what"], [["|z|"]]).data


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 entries as the header has, but row 1 has 1"):
        table(["a", "b"], [[1, 2], [3]])


def test_a_table_may_be_empty():
    assert table(["a", "b"], []).data.splitlines()[1] == "| --- | --- |"


def test_the_page_finds_what_is_glued_and_shows_nothing(monkeypatch):
    outputs = []

    def display(data, raw, metadata):
        assert raw
        outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=metadata))

    monkeypatch.setattr(tables, "display", display)
    glue({"a-name": "0.5 [0.1, 2]", "other": "1"})
    assert all(mime.startswith("application/papermill") for output in outputs for mime in output.data)
    cell = nbformat.v4.new_code_cell(outputs=outputs)
    found = extract_glue_data(nbformat.v4.new_notebook(cells=[cell]), [1], None)
    texts = {name: output["data"]["text/plain"] for name, output in found.items()}
    assert texts == {"a-name": "'0.5 [0.1, 2]'", "other": "'1'"}
    assert cell.outputs == []
