"""Other editions of the notebooks, from the one source: for students, for tools that know no MyST, and for a lecture.

student
    No solution is left. In its place stands a stub; every notebook runs to its end.
plain
    MyST becomes plain Markdown, so that Colab, GitHub and VS Code show equations, notes and references. With
    ``--student`` it is made of the student edition.
lecture
    Headings, equations and code, for a projector.

Solutions are found by their fences: the directives ``solution``, ``solution-start`` and ``solution-end`` in the
chapters, and ``### BEGIN SOLUTION`` and ``### END SOLUTION`` in the labs. The same source gives the same bytes.
"""

import argparse
import ast
import codecs
import copy
import json
import posixpath
import re
import sys
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import latexcodec  # noqa: F401  it teaches `codecs` the accents of a bibliography

sys.path.insert(0, str(Path(__file__).parent))
from release import addresses

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
WRITE_HERE = "*Your answer here.*"
OPENING = re.compile(r"^(\s*)(`{3,}|:{3,})\{([\w:.-]+)\}[ \t]*(.*)$")


# --- reading MyST ---------------------------------------------------------------------------------------------------


@dataclass
class Directive:
    """One directive of a Markdown cell: its name, argument, options and body."""

    name: str
    argument: str
    options: dict
    body: list
    source: list


def parse(text):
    """The lines of a cell, with each outermost directive as a `Directive`."""
    lines, found, k = text.split("\n"), [], 0
    while k < len(lines):
        opening = OPENING.match(lines[k])
        plain = re.match(r"^\s*(`{3,}|~{3,})", lines[k])
        if not opening and not plain:
            found.append(lines[k])
            k += 1
            continue
        fence = opening[2] if opening else plain[1]
        end = next((j for j in range(k + 1, len(lines)) if _closes(lines[j], fence)), None)
        if end is None:
            raise ValueError(f"a fence is never closed: {lines[k]}")
        if opening:
            found.append(_directive(opening, lines[k + 1 : end], lines[k : end + 1]))
        else:
            found += lines[k : end + 1]
        k = end + 1
    return found


def _closes(line, fence):
    line = line.strip()
    return bool(line) and set(line) == {fence[0]} and len(line) >= len(fence)


def _directive(opening, body, source):
    options = {}
    body = textwrap.dedent("\n".join(body)).split("\n") if opening[1] else body
    while body and (option := re.match(r"^:([\w-]+):[ \t]*(.*)$", body[0])):
        options[option[1]] = option[2].strip()
        body = body[1:]
    return Directive(opening[3], opening[4].strip(), options, body, source)


# --- the student edition --------------------------------------------------------------------------------------------


def student(notebook, answers=True):
    """The notebook without its solutions; without the answers to its quizzes too if `answers` is false."""
    made, solution = [], None

    def emit(cell):
        if "".join(cell["source"]).strip():
            made.append(cell)

    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            if solution is not None:
                solution["code"].append(source)
            else:
                emit(_like(cell, cell["id"], _code_stub(source)))
            continue
        if BEGIN in source:
            source = re.sub(rf"(?s)[^\n]*{BEGIN}.*?{END}[^\n]*", WRITE_HERE, source)
        pieces = [[]]
        for item in parse(source):
            if isinstance(item, str):
                if solution is None:
                    pieces[-1].append(item)
            elif item.name == "solution-start":
                solution = {"label": item.argument, "code": []}
            elif item.name in ("solution-end", "solution"):
                stub = _stub(item.argument or solution["label"], solution["code"] if solution else [])
                solution = None
                pieces += [stub, []]
            elif solution is None:
                pieces[-1] += item.source if answers else _without_answers(item)
        parts = [piece for piece in pieces if isinstance(piece, dict) or "\n".join(piece).strip()]
        texts = sum(isinstance(piece, list) for piece in parts)
        number = 0
        for piece in parts:
            if isinstance(piece, dict):
                emit(piece)
            else:
                number += 1
                identity = cell["id"] if texts == 1 else f"{cell['id']}-{number}"
                emit(_like(cell, identity, "\n".join(piece).strip("\n")))
    if solution is not None:
        raise ValueError(f"the solution {solution['label']} never ends")
    return {**notebook, "cells": made}


def _without_answers(item):
    """A quiz's options without what they say, and no folded answers."""
    if item.name == "admonition":  # a prediction, with its answer inside
        inside = [line for part in parse("\n".join(item.body)) for line in (
            [part] if isinstance(part, str) else _without_answers(part)
        )]  # fmt: skip
        return [*item.source[: len(item.source) - 1 - len(item.body)], *inside, item.source[-1]]
    if item.name != "dropdown":
        return item.source
    return [f"- {item.argument}"] if re.match(r"[A-D]\. ", item.argument) else []


def _code_stub(source):
    """The code with a place to write where a marked solution stood."""

    def empty(match):
        indent = match[1]
        return f"{indent}# Your code here.\n" + (f"{indent}raise NotImplementedError" if indent else "")

    return re.sub(rf"(?sm)^([ \t]*){BEGIN}.*?{END}[^\n]*", empty, source).rstrip("\n")


def _stub(label, code):
    """The cell that takes the place of a solution."""
    source = "\n\n\n".join(code)
    functions = [node for node in ast.parse(_python(source)).body if isinstance(node, ast.FunctionDef)] if code else []
    asked = re.search(r"\bcheck\(\s*\"([\w-]+)\",\s*(\w+)\s*\)", source)
    chosen = next((f for f in functions if asked and f.name == asked[2]), functions[0] if functions else None)
    if chosen is None:
        text, kind = ("# Your code here.", "code") if code else (WRITE_HERE, "markdown")
    else:
        # The name of a function may tell what it is to find, unless the exercise has given it.
        name = chosen.name if asked else "answer"
        says = ast.get_docstring(chosen) if asked else None
        lines = [f"def {name}({ast.unparse(chosen.args)}):"]
        lines += textwrap.indent(f'"""{says}"""', "    ").split("\n") if says else []
        lines += ["    raise NotImplementedError"]
        if asked:
            lines = ["from rnn_book.checks import check", "", "", *lines, "", "", f'check("{asked[1]}", {name})']
        text, kind = "\n".join(lines), "code"
    extra = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"{label}-here", "metadata": {}, "source": _lines(text)} | extra


def _python(source):
    """Code that the parser of Python takes: without the lines that are for IPython."""
    return re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source)


def _like(cell, identity, text):
    """A cell of the same kind, with another text, no output and no mark of the grader."""
    metadata = {key: value for key, value in copy.deepcopy(cell["metadata"]).items() if key != "nbgrader"}
    if BEGIN in "".join(cell["source"]):  # what was folded away on the page is now the place to write
        metadata.pop("tags", None)
        metadata.pop("mystnb", None)
    elif "tags" in metadata:
        metadata["tags"] = [tag for tag in metadata["tags"] if tag != "keep_output"]
    extra = {"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}
    return {"cell_type": cell["cell_type"], "id": identity, "metadata": metadata, "source": _lines(text)} | extra


def _lines(text):
    return text.splitlines(keepends=True)


# --- the plain edition ----------------------------------------------------------------------------------------------


class Labels:
    """What every label of the book stands for: a number, a title, and the page it is on."""

    def __init__(self, notebooks):
        self.of = {}
        for page, notebook in notebooks.items():
            count = {"eq": 0, "figure": 0, "table": 0, "exercise": 0, "proposition": 0}
            for cell in notebook["cells"]:
                figure = cell["metadata"].get("mystnb", {}).get("figure", {})
                if "name" in figure:
                    self._note(figure["name"], "figure", count, page)
                if cell["cell_type"] == "markdown":
                    self._read(parse("".join(cell["source"])), count, page)

    def _note(self, label, kind, count, page, title=""):
        count[kind] += 1
        self.of[label] = (kind, count[kind], page, title)

    def _read(self, items, count, page):
        kinds = {"math": "eq", "exercise": "exercise", "list-table": "table", "figure": "figure"}
        for item in items:
            if isinstance(item, str):
                continue
            kind = "proposition" if item.name.startswith("prf:") and item.name != "prf:proof" else kinds.get(item.name)
            label = item.options.get("label") or item.options.get("name")
            if kind and label:
                self._note(label, kind, count, page, item.argument)
            self._read(parse("\n".join(item.body)), count, page)

    def words(self, label, page):
        """How a text on `page` calls it."""
        if label not in self.of:
            raise ValueError(f"the label {label} is unknown")
        kind, number, where, title = self.of[label]
        name = f"({number})" if kind == "eq" else f"{kind.capitalize()} {number}"
        name += f" ({title})" if title and kind in ("exercise", "proposition") else ""
        return name if where == page else f"{name} of [{Path(where).stem}]({_way(page, where)})"


def _way(page, where):
    """The relative address of one notebook from another."""
    up = "../" * (len(Path(page).parts) - 1)
    return up + str(where)


def bibliography():
    """Authors, year and address of every reference."""
    found = {}
    for entry in re.split(r"(?m)^@", (BOOK / "references.bib").read_text(encoding="utf-8"))[1:]:
        key = re.match(r"\w+\{([^,]+),", entry)[1]
        fields = {name: value for name, value in re.findall(r"(\w+)\s*=\s*\{((?:[^{}]|\{[^{}]*\})*)\}", entry)}
        authors = codecs.decode(fields["author"], "ulatex").translate(str.maketrans("", "", "{}"))
        names = [" ".join(name.split()).split(",")[0] for name in authors.split(" and ")]
        who = names[0] if len(names) == 1 else f"{names[0]} & {names[1]}" if len(names) == 2 else f"{names[0]} et al."
        address = f"https://doi.org/{fields['doi']}" if "doi" in fields else fields.get("url")
        if not address and "eprint" in fields:
            address = f"https://arxiv.org/abs/{fields['eprint']}"
        found[key] = (who, fields["year"], address)
    return found


def elsewhere(notebook, page):
    """The notebook with links to the website where they lead to a page that is no notebook: an edition has none."""

    def address(match):
        path = posixpath.normpath(posixpath.join("book", posixpath.dirname(page), match[2]))
        return f"[{match[1] or posixpath.basename(path)}]({addresses()[1]}/{path}.html{match[3] or ''})"

    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = _lines(re.sub(r"\[([^\[\]]*)\]\(([\w./-]+)\.md(#[\w-]+)?\)", address, text))
    return made


def plain(notebook, page, labels, references):
    """The notebook in Markdown that every tool shows."""
    made = []
    for cell in notebook["cells"]:
        cell = copy.deepcopy(cell)
        if cell["cell_type"] == "markdown":
            text = flatten("".join(cell["source"]), page, labels, references)
            cell["source"] = _lines(re.sub(r"\n{3,}", "\n\n", text).strip("\n"))
            if cell["source"]:
                made.append(cell)
            continue
        made.append(cell)
        figure = cell["metadata"].get("mystnb", {}).get("figure")
        if figure:
            caption = roles(figure["caption"], page, labels, references)
            text = f"*{labels.words(figure['name'], page)}.* {caption}"
            extra = {"cell_type": "markdown", "id": f"{cell['id']}-caption", "metadata": {}, "source": _lines(text)}
            made.append(extra)
    return {**notebook, "cells": made}


def flatten(text, page, labels, references):
    """MyST as plain Markdown."""
    lines = []
    for item in parse(text):
        if isinstance(item, str):
            if not re.match(r"^\s*(<!--.*-->|%.*|\([\w-]+\)=)\s*$", item):
                lines.append(roles(item, page, labels, references))
        else:
            lines += ["", *_flat(item, page, labels, references), ""]
    return "\n".join(lines)


def _flat(item, page, labels, references):
    """One directive as lines."""

    def inside(quote=False):
        text = flatten("\n".join(item.body), page, labels, references).strip("\n")
        if quote:  # in a formula over several lines the marks of the quotation would be read as signs
            text = re.sub(r"(?s)\$\$\n(.*?)\n\$\$", lambda m: f"$$ {m[1].replace(chr(10), ' ')} $$", text)
        lines = text.split("\n")
        return [f"> {line}".rstrip() for line in lines] if quote else lines

    title = roles(item.argument, page, labels, references)
    label = item.options.get("label") or item.options.get("name")
    if item.name == "math":
        tag = rf" \tag{{{labels.of[label][1]}}}" if label else ""
        return ["$$", *(line for line in item.body if line.strip()), *([tag.strip()] if tag else []), "$$"]
    if item.name == "list-table":
        caption = [f"*{labels.words(label, page)}.* {title}", ""] if label and title else [title, ""] if title else []
        return caption + _table(item, page, labels, references)
    if item.name in ("solution-start", "solution"):
        return [f"**A solution of {labels.words(item.argument, page)}**", "", *inside()]
    if item.name == "solution-end":
        return ["*End of the solution.*"]
    if item.name == "live":
        return ["```python", *item.body, "```"]
    if item.name == "dropdown":
        return ["<details>", f"<summary>{title}</summary>", "", *inside(), "", "</details>"]
    if item.name == "exercise":
        return [f"> **Exercise {labels.of[label][1]}: {title}**", ">", *inside(quote=True)]
    if item.name == "prf:proof":
        return [f"**Proof.** {inside()[0]}", *inside()[1:], r"$\square$"]
    if item.name.startswith("prf:"):
        return [f"> **{labels.words(label, page)}.**", ">", *inside(quote=True)]
    if item.name == "image":
        return [f"![{item.options.get('alt', '')}]({item.argument})"]
    heading = title or item.name.capitalize()
    return [f"> **{heading}**", ">", *inside(quote=True)]


def _table(item, page, labels, references):
    """A list-table in pipes."""
    rows = []
    for line in item.body:
        if start := re.match(r"^\* - ?(.*)$", line):
            rows.append([start[1]])
        elif cell := re.match(r"^  - ?(.*)$", line):
            rows[-1].append(cell[1])
        elif line.strip():
            rows[-1][-1] += " " + line.strip()
    rows = [[roles(cell, page, labels, references).replace("|", "\\|") for cell in row] for row in rows]
    if "header-rows" not in item.options:
        rows.insert(0, [""] * len(rows[0]))
    rows.insert(1, ["---"] * len(rows[0]))
    return [f"| {' | '.join(row)} |" for row in rows]


def roles(line, page, labels, references):
    """A line with its roles replaced by words and links."""

    def words(match):
        role, body = match[1], match[2]
        titled = re.match(r"^(.*?)\s*<(.*)>$", body)
        if role == "math":
            return f"${body}$"
        if role.startswith("cite"):
            cited = [references[key.strip()] for key in body.split(",")]
            if role == "cite:t":
                who = [f"{name} ([{year}]({url}))" if url else f"{name} ({year})" for name, year, url in cited]
                return " and ".join(who)
            said = [f"[{name} {year}]({url})" if url else f"{name} {year}" for name, year, url in cited]
            return f"({'; '.join(said)})"
        if role == "glue:text":
            return quoted(body)
        if role in ("eq", "numref", "ref", "prf:ref"):
            return titled[1] if titled else labels.words(body, page)
        return body

    line = re.sub(r"\{([\w:]+)\}`([^`]+)`", words, line)
    return re.sub(r"\[\]\(([\w./-]+?)(\.\w+)?\)", lambda m: f"[{Path(m[1]).name}]({m[1]}{m[2] or ''})", line)


def quoted(name):
    """A number that a chapter quotes from stored results; what precedes its first hyphen may be the name of a claim."""
    return _numbers(name.partition("-")[0])[name]


@cache
def _numbers(claim):
    from rnn_book import claims  # slow to load, and most notebooks quote nothing

    of_name = {function.__name__: function for function in claims.CLAIMS}
    return claims.numbers({claim: of_name[claim]()} if claim in of_name else {})


# --- the lecture ----------------------------------------------------------------------------------------------------


def lecture(notebook):
    """Headings, equations and code."""
    made = []
    for cell in notebook["cells"]:
        cell = copy.deepcopy(cell)
        if cell["cell_type"] == "markdown":
            kept = []
            for item in parse("".join(cell["source"])):
                if isinstance(item, str) and re.match(r"^#{1,4} ", item):
                    kept += [item, ""]
                elif not isinstance(item, str) and item.name == "math":
                    kept += [*item.source, ""]
            cell["source"] = _lines("\n".join(kept).strip("\n"))
        if cell["source"]:
            made.append(cell)
    return {**notebook, "cells": made}


# --- the command ----------------------------------------------------------------------------------------------------


def sources():
    """Every notebook of the book, by its path inside the book."""
    paths = sorted([*BOOK.glob("*.ipynb"), *BOOK.glob("labs/*.ipynb")])
    return {str(path.relative_to(BOOK)): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def edition(kind, notebooks, *, of_students=False, answers=True):
    """All notebooks in one edition, by their paths."""
    made = {page: elsewhere(notebook, page) for page, notebook in notebooks.items()}
    # A lab is for students wherever it is opened.
    hidden = [page for page in made if kind == "student" or of_students or page.startswith("labs/")]
    if kind != "lecture":
        made = made | {page: student(made[page], answers) for page in hidden}
    if kind == "plain":
        labels, references = Labels(notebooks), bibliography()
        made = {page: plain(notebook, page, labels, references) for page, notebook in made.items()}
    if kind == "lecture":
        made = {page: lecture(student(notebook)) for page, notebook in made.items()}
    return made


def installs(text, commit):
    """Let a notebook install the package of `commit`: between two releases, that is the one it was written with."""
    return re.sub(r"(%pip install -q git\+https://[^@\s]+)@v[\d.]+\b", rf"\1@{commit}", text)


def main():
    """Write an edition to a folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=("student", "plain", "lecture"))
    parser.add_argument("--student", action="store_true", help="make the plain edition of the student's")
    parser.add_argument("--no-answers", action="store_true", help="take the answers to the quizzes out too")
    parser.add_argument("--commit", help="let Colab install the package of this commit, not the release")
    parser.add_argument("--out", type=Path, help="default: _build/editions/KIND")
    options = parser.parse_args()
    out = options.out or ROOT / "_build" / "editions" / options.kind
    made = edition(options.kind, sources(), of_students=options.student, answers=not options.no_answers)
    for page, notebook in made.items():
        path = out / page
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        if options.commit:
            text = installs(text, options.commit)
        path.write_text(text, encoding="utf-8")
    print(f"{len(made)} notebooks in {out}")


if __name__ == "__main__":
    main()
