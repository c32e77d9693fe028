/** Small parts of a page: elements, controls, and what the reader's browser asks for. */

import { palette_of } from "./draw.js";

/**
 * Make an element.
 *
 * @param {string} what tag, and classes after dots
 * @param {object} [given] properties; those with a dash, and role, become attributes
 * @param {...(Node | string)} children
 */
export function el(what, given = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag);
  node.className = classes.join(" ");
  for (const [key, value] of Object.entries(given)) {
    if (key.includes("-") || key === "role" || key === "for") node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const button = (text, onclick, given = {}, look = "") =>
  el(`button.pg-button${look}`, { type: "button", onclick, ...given }, text);

let names = 0;
export const name_of = (word) => `pg-${word}-${(names += 1)}`;

/** A canvas with its text twin, which `tell` sets. */
export function picture(className, title) {
  const twin = el("p.pg-hidden", { id: name_of("twin") });
  const canvas = el(`canvas.${className}`, { role: "img", "aria-label": title, "aria-describedby": twin.id });
  const tell = (text) => {
    if (twin.textContent !== text) twin.textContent = text;
  };
  return { canvas, twin, tell };
}

/** A slider over a list of values. */
export function slider(text, values, show, on_change) {
  const input = el("input", { type: "range", min: "0", max: `${values.length - 1}`, step: "1" });
  const output = el("output");
  const set = (value) => {
    let nearest = 0;
    values.forEach((v, k) => {
      if (Math.abs(v - value) < Math.abs(values[nearest] - value)) nearest = k;
    });
    input.value = `${nearest}`;
    output.textContent = show(value);
    input.setAttribute("aria-valuetext", show(value));
  };
  input.oninput = () => {
    set(values[Number(input.value)]);
    on_change(values[Number(input.value)]);
  };
  const node = el("label.pg-slider", {}, el("span", {}, text), input, output);
  return { node, input, set };
}

/** A choice among a few, as radio buttons that look like one row. */
export function choice(text, options, on_change) {
  const name = name_of("choice");
  const node = el("fieldset.pg-choice", {}, el("legend", {}, text));
  for (const [value, word] of options) {
    const input = el("input", { type: "radio", name, value, onchange: () => on_change(value) });
    node.append(el("label", {}, input, el("span", {}, word)));
  }
  const set = (value) => {
    for (const input of node.querySelectorAll("input")) input.checked = input.value === `${value}`;
  };
  return { node, set };
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Call back with fresh colours now and whenever the page's colours change. */
export function with_palette(element, on_change) {
  const renew = () => on_change(palette_of(element));
  new MutationObserver(renew).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
    matchMedia(query).addEventListener("change", renew);
  renew();
}

/** Know whether an element is on the screen, and redraw it when its size changes. */
export function on_screen(element, on_change) {
  let seen = false;
  new IntersectionObserver(
    (entries) => {
      seen = entries.at(-1).isIntersecting;
      on_change();
    },
    { rootMargin: "50px" },
  ).observe(element);
  new ResizeObserver(on_change).observe(element);
  document.addEventListener("visibilitychange", on_change);
  return () => seen && !document.hidden;
}

/** Drag over a picture: `on_drag` hears the place, as shares of width and height, and `on_click` of a press that did not move. */
export function draggable(canvas, on_drag, on_click = () => {}) {
  let from = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top, box.width, box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    from = event;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from && Math.abs(event.clientX - from.clientX) > 3) from.moved = true;
    if (from?.moved) on_drag(...place(event));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (from && !from.moved) on_click(...place(event));
    from = null;
  });
  canvas.addEventListener("pointercancel", () => (from = null));
}

export const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** A loss, short. */
export const short = (v) =>
  v >= 100 ? v.toExponential(1) : v >= 0.1 ? v.toFixed(2) : Number(v.toPrecision(2)).toString();

export const count = (n) => n.toString().replace(/\B(?=(\d{3})+$)/g, ",");
