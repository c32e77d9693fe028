// The first script of a page with a playground, and the only one that is no module: a page opened from a disk may not
// load modules, and takes all of them in one piece instead.
(() => {
  const base = document.currentScript.src;
  if (globalThis.PLAYGROUND) return;
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("playground.css", base).href });
  const styled = new Promise((resolve) => {
    style.onload = style.onerror = resolve;
  });
  document.head.append(style);
  globalThis.PLAYGROUND = { base, styled };
  if (location.protocol === "file:") {
    document.head.append(Object.assign(document.createElement("script"), { src: new URL("offline.js", base).href }));
  } else import(new URL("mount.js", base).href);
})();
