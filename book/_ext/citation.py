"""How to cite a page, for the machines of scholars: the tags that Google Scholar and Zotero read."""

from html import escape

TAGS = '<meta name="{}" content="{}">'


def cite(app, pagename, templatename, context, doctree):
    """Add the tags to the head of a page."""
    if doctree is None:
        return
    address = f"{app.config.html_baseurl}{pagename}.html"
    known = {
        "citation_title": context["title"] + " - " + app.config.project
        if "index" not in pagename
        else app.config.project,
        "citation_author": app.config.author,
        "citation_publication_date": app.config.copyright,
        "citation_language": "en",
        "citation_fulltext_html_url": address,
    }
    context["metatags"] += "\n".join(TAGS.format(name, escape(str(value))) for name, value in known.items())


def setup(app):
    """Listen to the making of each page."""
    app.connect("html-page-context", cite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
