"""Take out of the pages what Jupyter Book loads from other sites and this book does not use.

Sphinx-thebe puts the address of its script on every page, though it is switched off, and declares it twice, which is an
error in the console.
"""


def setup(app):
    """Forget every listener of sphinx_thebe, and its style sheet."""
    for event, listeners in app.events.listeners.items():
        app.events.listeners[event] = [
            one
            for one in listeners
            if not one.handler.__module__.startswith("sphinx_thebe")
        ]
    app.registry.css_files = [
        one for one in app.registry.css_files if one[0] != "sphinx-thebe.css"
    ]
    return {"parallel_read_safe": True, "parallel_write_safe": True}
