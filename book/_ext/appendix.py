"""Letters for the numbers of the appendices: section A.1, figure B.2, exercise A.1; and pages without one count from 1.

Sphinx counts appendices on after the chapters. Every number begins with that of its page, so that its first part is
changed. What stands on pages without a number it counts on from one to the next: so a page would begin with Fig. 4.
"""

from pathlib import Path
from string import ascii_uppercase

import yaml
from docutils import nodes


def letter(app, env):
    """Change the numbers on the pages that the table of contents holds after the chapters."""
    parts = yaml.safe_load(Path(app.srcdir, "_toc.yml").read_text(encoding="utf-8"))["parts"]
    chapters = len(next(part for part in parts if part.get("numbered"))["chapters"])

    def lettered(number):
        first, *others = number
        late = isinstance(first, int) and first > chapters
        return (ascii_uppercase[first - chapters - 1], *others) if late else number

    for sections in env.toc_secnumbers.values():
        sections.update({key: lettered(number) for key, number in sections.items() if number})
    for page in env.toc_fignumbers.values():
        for kind in page.values():
            own = sorted((key for key, number in kind.items() if len(number) == 1), key=kind.get)
            kind.update({key: lettered(number) for key, number in kind.items() if len(number) > 1})
            kind.update({key: (k,) for k, key in enumerate(own, start=1)})
    entries = [entry for toc in env.tocs.values() for entry in toc.findall(nodes.reference)]
    for one in [*entries, *env.titles.values()]:  # in the contents, and in the links to the next page
        if one.get("secnumber"):
            one["secnumber"] = lettered(one["secnumber"])
    return list(env.found_docs)  # each page names all others in its contents


def setup(app):
    """Come after Sphinx has counted."""
    app.connect("env-get-updated", letter, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
