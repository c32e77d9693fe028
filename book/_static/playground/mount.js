/** Bring every `<div data-playground="...">` of the page to life; what stood in it is for readers without JavaScript. */

/** The module that builds a kind: the page's, or that of the rows in the chapters. */
const builder_of = async (kind) => (kind === "page" ? (await import("./page.js")).playground : (await import("./embeds.js")).EMBEDS[kind]);

async function mount(root) {
  const [build] = await Promise.all([builder_of(root.dataset.playground), globalThis.PLAYGROUND.styled]);
  root.classList.add("pg");
  build(root);
}

document.querySelectorAll("[data-playground]").forEach(mount);
