"""What the build changes on a page: tables for phones, and where a formula may break."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

sys.path.append(str(Path(__file__).parents[1] / "book" / "_ext"))
import finish
import formulas
import mends


def table_of(*rows):
    """A table as Sphinx writes it, after the mend; the first row is its head."""
    cells = [[f"<{tag}>{cell}</{tag}>" for cell in row] for tag, row in zip(["th", *["td"] * 9], rows, strict=False)]
    head, *body = [f"<tr>{''.join(row)}</tr>" for row in cells]
    html = f"<article><table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table></article>"
    soup = BeautifulSoup(html, "html.parser")
    assert mends.tables(soup, SimpleNamespace()) == 1
    return soup.table


def test_entries_of_a_table_of_sentences_name_their_columns():
    table = table_of(["", "in code", "meaning"], ["N", "n_rec", 60 * "x"], ["T", "", "steps"])
    assert "wordy" in table["class"]
    assert [cell.get("data-head") for cell in table.tbody("td")] == 2 * [None, "in code:", "meaning:"]
    assert {tag.name: tag["role"] for tag in [table, *table(True)]} == {"table": "table", **mends.ROLES}


def test_a_verdict_stands_beside_what_was_measured_on_a_phone():
    table = table_of(["", "ratio", "verdict"], ["20", "0.9", '<span class="in-part">in part</span>'])
    assert "wordy" in table["class"]
    assert [cell.get("data-head") for cell in table.tbody("td")] == [None, "ratio:", "verdict:"]


def test_a_column_that_asks_needs_no_colon():
    table = table_of(["", "exact?", "cost"], ["RFLO", "no", 80 * "x"])
    assert [cell.get("data-head") for cell in table.tbody("td")] == [None, "exact?", "cost:"]


def test_a_number_below_zero_has_a_minus_and_a_word_its_hyphen():
    table = table_of(
        ["rule", "cosine"], ["per-step, 2-3 of T-1, 1e-8", "-0.1 [-0.34, 0.2]"], ["<code>-1</code>", "(-3)"]
    )
    shown = [cell.text for cell in table.tbody("td")]
    assert shown == ["per-step, 2-3 of T-1, 1e-8", "−0.1 [−0.34,\u00a00.2]", "-1", "(−3)"]


def test_the_pieces_of_a_type_become_one():
    soup = BeautifulSoup(
        "<dd>(<em>float</em><em>, </em><em>optional</em>) – <em>a</em> or <em>b</em></dd>", "html.parser"
    )
    assert mends.types(soup, SimpleNamespace()) == 2
    assert str(soup) == "<dd>(<em>float, optional</em>) – <em>a</em> or <em>b</em></dd>"


def test_an_interval_stays_in_one_line():
    table = table_of(["rule", "loss"], ["RFLO", "0.3 [0.1, 0.5], or [1, 2, 3]"])
    assert table("td")[1].text == "0.3 [0.1,\u00a00.5], or [1, 2, 3]"


def test_a_table_of_numbers_stays_one():
    table = table_of(["rule", "loss", "seconds"], [60 * "x", "0.01", "3"])
    assert "wordy" not in table.get("class", ())
    assert not table.select("[data-head], [role]")


@pytest.mark.parametrize(
    ("signs", "parts"),
    [
        ("a = b + c", ["a=", "b+", "c"]),
        ("a = − b + c", ["a=", "−b+", "c"]),
        ("a = f ( − b + c )", ["a=", "f(−b+c)"]),
        ("a = f ( − b + c + d ⋅ e ⋅ ( g − h ) )", ["a=", "f(−b+", "c+", "d⋅", "e⋅", "(g−h))"]),
    ],
)
def test_a_formula_breaks_after_a_relation_or_a_sum_but_not_after_a_sign_or_in_short_brackets(signs, parts):
    letters = [f"<mi>{s}</mi>" if s.isalpha() else f"<mo>{s}</mo>" for s in signs.split()]
    soup = BeautifulSoup(f"<math>{''.join(letters)}<mtext>{16 * '.'}</mtext></math>", "html.parser")
    formulas._breakable(soup)
    assert [math.text.strip(".") for math in soup("math")] == parts


def test_the_sign_of_a_number_is_close_to_it():
    row = "<math><mi>a</mi><mo>=</mo><mo{0}>\u2212</mo><mi>b</mi><mo>\u2212</mo><mo>(</mo>"
    row += "<mo{0}>\u2212</mo><mi>c</mi></math>"
    assert formulas._simpler(row.format("")) == row.format(' form="prefix"')


def test_a_prime_with_an_index_stands_as_high_as_one_without():
    prime = "<mi>\u03d5</mi>{}<mo>\u2032</mo>"
    bare, indexed = (
        f"<math><{tag}>{prime.format(i)}</{tag}></math>" for tag, i in [("msup", ""), ("msubsup", "<mi>i</mi>")]
    )
    high = formulas._simpler(bare).removeprefix("<math>").removesuffix("</math>")
    assert high == '<mrow><mi>\u03d5</mi><mo lspace="0" rspace="0">\u2032</mo></mrow>'
    assert formulas._simpler(indexed) == f"<math><msub>{high}<mi>i</mi></msub></math>"


@pytest.mark.parametrize("primes", ["\u2033", "\u2034"])
def test_several_primes_stand_as_high_as_one(primes):
    shown = formulas._simpler(f"<math><msup><mi>L</mi><mo>{primes}</mo></msup></math>")
    assert shown == f'<math><mrow><mi>L</mi><mo lspace="0" rspace="0">{primes}</mo></mrow></math>'


def test_bars_are_close_to_what_they_are_of():
    left, right = formulas._simpler("<math><mo>|</mo><mi>h</mi><mo>|</mo><mo>≤</mo><mn>1</mn></math>").split(
        "<mi>h</mi>"
    )
    assert left == '<math><mo lspace="0" rspace="0">|</mo>'
    assert right == '<mo lspace="0" rspace="0">|</mo><mo>≤</mo><mn>1</mn></math>'


@pytest.mark.parametrize(
    ("before", "apart"), [("‖v‖", True), ("(v)", True), ("‖", False), ("(", False), ("‖v‖‖", False)]
)
def test_a_function_stands_apart_from_a_bracket_that_closes_and_not_from_one_that_opens(before, apart):
    signs = "".join(f"<mi>{s}</mi>" if s.isalpha() else f"<mo>{s}</mo>" for s in before)
    shown = BeautifulSoup(
        formulas._simpler(f"<math>{signs}<mi>cos</mi><mo>\u2061</mo><mi>x</mi></math>"), "html.parser"
    )
    assert (shown.find("mi", string="cos").previous_sibling.name == "mspace") == apart


def test_a_large_bracket_with_an_index_is_as_large_as_the_one_that_opens():
    opens, closes = (f'<mo maxsize="1.6em" minsize="1.6em">{letter}</mo>' for letter in "()")
    inside, power = "<mi>a</mi><mo>+</mo>", "<mn>2</mn>"
    text = f'<math display="block">{inside}{opens}{inside}<msup>{closes}{power}</msup></math>'
    bracket = f"<mrow>{opens}{inside}{closes}</mrow>"
    assert formulas._simpler(text) == f'<math display="block">{inside}<msup>{bracket}{power}</msup></math>'
    # As MathJax writes it.
    row = f"{inside}<mrow>{opens}</mrow>{inside}<msup><mrow>{closes}</mrow>{power}</msup>"
    assert formulas._simpler(f'<math display="block">{row}</math>') == formulas._simpler(text)


def test_a_function_stands_apart_from_a_factor_and_from_what_it_is_of():
    call, space = "<mi>ln</mi><mo>\u2061</mo>", '<mspace width="0.167em"></mspace>'
    bare = f"<mo>\u2212</mo>{call}<mn>2</mn>"
    assert formulas._simpler(f"<math>{bare}</math>") == f"<math><mo>\u2212</mo><mi>ln</mi>{space}<mn>2</mn></math>"
    factor = f"<math><mn>2</mn>{call}<mo>(</mo></math>"
    assert formulas._simpler(factor) == f"<math><mn>2</mn>{space}{call}<mo>(</mo></math>"


def test_a_picture_loses_its_paper_and_looks_the_same_on_white(tmp_path):
    colours = [(255, 255, 255), (0, 0, 0), (204, 121, 167), (238, 238, 238), (86, 180, 233)]
    picture = Image.fromarray(np.array([colours], np.uint8))
    picture.save(tmp_path / "a.png")
    finish.thin(tmp_path / "a.png")
    clear = Image.open(tmp_path / "a.png").convert("RGBA")
    shown = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    assert np.abs(np.subtract(shown, picture, dtype=float)).max() <= 3
    paper, black, pink, pale, blue = np.asarray(clear)[0, :, 3]
    assert paper == 0
    assert black == pink == blue == 255
    assert 0 < pale < 255


def test_a_solution_of_a_lab_names_its_part():
    drawer = "<details class='drawer'><summary>A solution</summary></details>"
    soup = BeautifulSoup(f"<h2>1. By hand</h2>{drawer}<h2>2. The rule</h2>{2 * drawer}", "html.parser")
    assert mends.names(soup, SimpleNamespace()) == 3
    found = [summary.text for summary in soup("summary")]
    assert found == ["A solution to part 1", "A solution to part 2", "A solution to part 2 (2)"]
