"""Style sheets, scripts and icons: one small file of each for all pages, without what no page uses."""

import hashlib
import posixpath
import re

import tinycss2
from fontTools import subset
from sphinx.errors import ExtensionError

NAME = re.compile(r"-?[A-Za-z_][\w-]*")
# In a selector: what stands in brackets of :not, :is, :where or :has may be absent; attributes and states name nothing.
ASIDE = re.compile(r":[\w-]+\((?:[^()]|\([^()]*\))*\)|\[[^]]*\]|::?[\w-]+")
PARTS = re.compile(r"([.#]?)(-?[A-Za-z_](?:[\w-]|\\.)*)")
# What the theme's script would make a stop of the keyboard, in its list of selectors.
BOXES = re.compile(r'\["pre",[^]]*"\.pst-scrollable-table-container"\]')


def used_names(soups, scripts):
    """All tags, classes and ids of the pages, and every word of the scripts that could become one."""
    names = set()
    for soup in soups:
        for tag in soup.find_all(True):
            names.add(tag.name)
            names.update(tag.get("class", ()))
            names.add(tag.get("id"))
    for script in scripts:
        names.update(NAME.findall(script))
    return names


def read(path, root):
    """Read a style sheet, with what it imports, its addresses turned to those of the joined one's folder."""

    def turned(match):
        address = match[1].strip("\"'")
        if address.startswith(("data:", "http", "#")):
            return match[0]
        return f'url("{posixpath.relpath(path.parent / address, root.resolve() / "_static")}")'

    text = re.sub(r"url\(([^)]+)\)", turned, path.read_text())
    return re.sub(r'@import "([^"]+)";', lambda match: read(path.parent / match[1], root), text)


def purge(text, names):
    """Leave the rules that can apply to a page."""
    kept = []
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            selectors = [one for one in _selectors(rule.prelude) if _possible(one, names)]
            if selectors:
                kept.append(f"{','.join(selectors)}{{{tinycss2.serialize(rule.content)}}}")
        elif rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in {"media", "supports"}:
            if inner := purge(tinycss2.serialize(rule.content), names):
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type != "error":
            kept.append(rule.serialize())
    return re.sub(r"\s+", " ", "\n".join(kept))


def _selectors(prelude):
    """The selectors of a rule, parted at the commas outside of brackets."""
    one = []
    for token in [*prelude, None]:
        if token is None or token == ",":
            yield tinycss2.serialize(one).strip()
            one = []
        else:
            one.append(token)


def _possible(selector, names):
    """Whether every tag, class and id that a selector asks for is among the names."""
    return all(name.replace("\\", "") in names for _, name in PARTS.findall(ASIDE.sub(" ", selector)))


def without_measuring(script):
    """Take out where the theme has the whole page laid out to see which boxes scroll: ``book.js`` sees to those."""
    less, count = BOXES.subn('["no-box"]', script)
    if count != 1:
        raise ExtensionError("the theme's script no longer asks which boxes scroll in the way that is left out")
    return less


def icons(text, root):
    """Cut the fonts of the icons down to those that the style sheet still names."""
    wanted = {ord(letter) for letter in text if "\ue000" <= letter <= "\uf8ff"}  # the private use area
    for path in root.glob("_static/vendor/fontawesome/webfonts/*.woff2"):
        options = subset.Options(flavor="woff2", hinting=False, name_IDs=["*"])
        font = subset.load_font(path, options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=wanted)
        cut.subset(font)
        subset.save_font(font, path, options)


def write(text, root, kind):
    """Write a joined file under the name of its content; a browser keeps it until it changes."""
    name = f"_static/all-{hashlib.sha256(text.encode()).hexdigest()[:12]}.{kind}"
    (root / name).write_text(text)
    return name
