/** Bring every `<div data-playground="...">` of the page to life; what stood in it is for readers without JavaScript. */
export async function mount(kinds) {
  await globalThis.PLAYGROUND.styled;
  for (const root of document.querySelectorAll("[data-playground]")) {
    const build = kinds[root.dataset.playground];
    if (!build) continue;
    root.classList.add("pg");
    build(root);
  }
}
