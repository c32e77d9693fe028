// The script of a page with a playground. The build joins the modules to pieces (`book/_ext/playground.py`); this one
// fetches the style sheet and the pieces that the page needs.
(() => {
  const base = document.currentScript.src;
  const fetch_script = (name) => {
    const src = new URL(`${name}.js`, base).href;
    document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
  };
  const href = new URL("playground.css", base).href;
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const styled = new Promise((resolve) => {
    style.onload = style.onerror = resolve;
  });
  document.head.append(style);
  globalThis.PLAYGROUND = { base, styled, worker: new URL("all-worker.js", base).href };
  if (location.protocol === "file:") fetch_script("all-disk"); // from where no worker may be loaded, except as text
  const kinds = new Set([...document.querySelectorAll("[data-playground]")].map((root) => root.dataset.playground));
  if (kinds.delete("page")) fetch_script("all-page");
  if (kinds.size) fetch_script("all-embeds");
})();
