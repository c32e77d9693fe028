"""Where the launch buttons lead: to the edition that the place can show.

JupyterLite and Colab get the plain edition, as neither needs to know MyST; in it the labs have no solutions. Colab's
buttons open the branch of that name, which the workflow that publishes the site keeps.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import editions  # noqa: E402

BRANCH = "plain"  # no folder: the edition holds what the folder `book` does


def write_labs(app):
    """Put the labs, without solutions and without MyST, where JupyterLite looks for them."""
    for page, notebook in editions.edition("plain", editions.sources()).items():
        if page.startswith("labs/"):
            path = Path(app.outdir).parent / "lite" / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def lead(app, exception):
    """Mend the addresses in the pages that have been written."""
    if exception or app.builder.name != "html":
        return
    branch = app.config.html_theme_options["repository_branch"]
    for page in Path(app.outdir).glob("book/**/*.html"):
        html = page.read_text()
        mended = html.replace(f"/blob/{branch}/book/", f"/blob/{BRANCH}/")
        if page.parent.name == "labs":
            mended = mended.replace(
                '"../lite/notebooks/index.html?path=book/', '"../../lite/notebooks/index.html?path='
            )
        if mended != html:
            page.write_text(mended)


def setup(app):
    """Register both, the second before the pages are finished."""
    app.connect("builder-inited", write_labs)
    app.connect("build-finished", lead, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
