/** Pictures on canvases: each function draws one, in CSS pixels, with the colours of the page around it. */

/** The colours that the style sheet gives a playground. */
export function palette_of(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = [
    "ink",
    "muted",
    "line",
    "surface",
    "bptt",
    "rtrl",
    "rflo",
    "plus",
    "zero",
    "minus",
    "local",
    "nonlocal",
  ];
  const palette = Object.fromEntries(names.map((name) => [name, colour(name)]));
  const shades = Array.from({ length: 255 }, (_, k) => blend(palette, (k - 127) / 127));
  const greys = Array.from({ length: 128 }, (_, k) => mix(rgb(palette.zero), rgb(palette.muted), k / 180));
  const ramp = (name) => Array.from({ length: 128 }, (_, k) => mix(rgb(palette.zero), rgb(palette[name]), k / 127));
  return { ...palette, shades, greys, amount: ramp("rtrl"), font: `12px ${style.fontFamily}` };
}

function rgb(hex) {
  const n = parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

const mix = (a, b, share) => a.map((v, k) => Math.round(v + share * (b[k] - v)));

function blend(palette, v) {
  // The square root lifts what is small; a map of blame spans decades.
  return mix(rgb(palette.zero), rgb(v < 0 ? palette.minus : palette.plus), Math.sqrt(Math.abs(v)));
}

/** A number as a colour: red above zero, blue below, full at `limit`. */
export function shade(palette, v, limit) {
  const k = Math.max(-1, Math.min(1, limit > 0 ? v / limit : 0));
  return palette.shades[Math.round(127 + 127 * k)];
}

export const css = (colour) => `rgb(${colour.join(" ")})`;

/** Get a canvas ready: as many pixels as the screen has for it, and empty. */
export function begin(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = globalThis.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const c = canvas.getContext("2d");
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  c.lineJoin = "round";
  c.lineCap = "round";
  return { c, width, height };
}

/** Write a short text. */
export function label(
  c,
  palette,
  text,
  x,
  y,
  { colour = palette.muted, align = "left", baseline = "middle", bold = false } = {},
) {
  c.font = bold ? `600 ${palette.font}` : palette.font;
  c.fillStyle = colour;
  c.textAlign = align;
  c.textBaseline = baseline;
  c.fillText(text, x, y);
}

/** Draw a line through points (x(k), y(k)) for k from `from` to `to`. */
export function curve(c, x, y, from, to, colour, { width = 2, dash = [], alpha = 1 } = {}) {
  c.save();
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.globalAlpha = alpha;
  c.setLineDash(dash);
  c.beginPath();
  for (let k = from; k < to; k++) c.lineTo(x(k), y(k));
  c.stroke();
  c.restore();
}

const tile = globalThis.document?.createElement("canvas");

/** Fill a rectangle with a table of cells: `colour(row, column)` gives [r, g, b], or null for none. */
export function cells(c, rows, columns, x, y, width, height, colour) {
  Object.assign(tile, { width: columns, height: rows });
  const ink = tile.getContext("2d");
  const image = ink.createImageData(columns, rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at += 4) {
      const found = colour(row, column);
      if (!found) continue;
      image.data[at] = found[0];
      image.data[at + 1] = found[1];
      image.data[at + 2] = found[2];
      image.data[at + 3] = 255;
    }
  }
  ink.putImageData(image, 0, 0);
  c.imageSmoothingEnabled = false;
  c.drawImage(tile, x, y, width, height);
}

/** The number below which a share of the absolute values lies. */
export function quantile(values, share) {
  const sizes = Float32Array.from(values, Math.abs).sort();
  return sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] ?? 0;
}

/** The frame in which all pictures over time share their axis. */
export const TIME = { left: 44, right: 12 };
/** Where the units of a film lie. */
export const FILM = { top: 26, bottom: 22 };

/** The target, the outputs and the cursor. */
export function draw_task(canvas, palette, { T, tau, target, y, others = [], before, rule, cursor, pen, hint }) {
  const { c, width, height } = begin(canvas);
  const [top, bottom] = [10, height - 24];
  const x = (t) => TIME.left + ((width - TIME.left - TIME.right) * (t + 0.5)) / T;
  const to_y = (v) => (top + bottom) / 2 - (v / 1.62) * ((bottom - top) / 2);
  c.lineWidth = 1;
  for (const v of [-1, 0, 1]) {
    c.strokeStyle = palette.line;
    c.beginPath();
    c.moveTo(TIME.left, to_y(v));
    c.lineTo(width - TIME.right, to_y(v));
    c.stroke();
    label(c, palette, `${v}`.replace("-", "−"), TIME.left - 10, to_y(v), { align: "right" });
  }
  label(c, palette, "0", TIME.left, height - 10, { align: "center" });
  label(
    c,
    palette,
    `${T} steps = ${Number((T / tau).toFixed(1))} τ`,
    (TIME.left + width - TIME.right) / 2,
    height - 10,
    { align: "center" },
  );
  label(c, palette, "time →", width - TIME.right, height - 10, { align: "right" });
  if (before) curve(c, x, (t) => to_y(before[t]), 0, T, palette.muted, { width: 1.5, alpha: 0.7 });
  curve(c, x, (t) => to_y(target[t]), 0, T, palette.ink, { dash: [6, 5], width: 2 });
  for (const one of others) {
    curve(c, x, (t) => to_y(Math.max(-3, Math.min(3, one.y[t]))), 0, T, palette[one.rule], { width: 2, alpha: 0.8 });
  }
  if (y) curve(c, x, (t) => to_y(Math.max(-3, Math.min(3, y[t]))), 0, T, palette[rule], { width: 3 });
  if (cursor !== null && cursor !== undefined) draw_cursor(c, palette, x(cursor), top, bottom);
  if (pen) {
    c.fillStyle = pen.down ? palette[rule] : palette.surface;
    c.strokeStyle = palette.ink;
    c.lineWidth = 2;
    c.beginPath();
    c.arc(x(pen.t), to_y(pen.v), 6, 0, 7);
    c.fill();
    c.stroke();
  }
  if (hint) label(c, palette, hint, x(T * 0.97), to_y(1.42), { align: "right", colour: palette.ink, bold: true });
}

function draw_cursor(c, palette, x, top, bottom) {
  c.strokeStyle = palette.ink;
  c.lineWidth = 1.2;
  c.beginPath();
  c.moveTo(x, top);
  c.lineTo(x, bottom);
  c.stroke();
}

/**
 * The film of one trial: error and units over time. What was not yet reached is empty; in BPTT what is stored is grey.
 *
 * @param {object} shown
 * @param {"forward" | "backward"} shown.phase
 * @param {number} shown.cursor step at the cursor
 */
export function draw_film(canvas, palette, { seen, rule, cursor, phase, unit, captions }) {
  const { c, width, height } = begin(canvas);
  const { T, N, film, error, h } = seen;
  const w = width - TIME.left - TIME.right;
  const x = (t) => TIME.left + (w * t) / T;
  const strip = 18;
  const { top } = FILM;
  const bottom = height - FILM.bottom;
  const stored = rule === "bptt";
  const reached = stored && phase === "backward" ? T : cursor + 1;
  const e_limit = quantile(error, 0.98);
  cells(c, 1, T, TIME.left, 0, w, strip, (_, t) => (t < reached ? shade(palette, error[t], e_limit) : null));
  const limit = quantile(film, 0.985);
  cells(c, N, T, TIME.left, top, w, bottom - top, (k, t) => {
    if (t >= reached) return null;
    if (stored && (phase === "forward" || t < cursor)) {
      return palette.greys[Math.round(127 * Math.min(1, Math.abs(h[(t + 1) * N + k])))];
    }
    const v = film[t * N + k];
    return rule === "rtrl" ? palette.amount[Math.round(127 * Math.min(1, v / limit))] : shade(palette, v, limit);
  });
  c.strokeStyle = palette.line;
  c.lineWidth = 1;
  c.strokeRect(TIME.left, 0, w, strip);
  c.strokeRect(TIME.left, top, w, bottom - top);
  label(c, palette, "error", TIME.left - 8, strip / 2, { align: "right" });
  label(c, palette, "units", TIME.left - 8, top + 8, { align: "right" });
  const row = top + ((unit + 0.5) * (bottom - top)) / N;
  label(c, palette, `${unit} ▸`, TIME.left - 4, Math.max(row, top + 24), { align: "right", colour: palette.ink });
  const at = x(cursor + (phase === "backward" ? 0 : 1));
  draw_cursor(c, palette, at, 0, bottom + 4);
  const [text, side] = captions;
  c.font = `600 ${palette.font}`;
  const space = c.measureText(text).width + 8;
  const left = side === "left" ? at - space > TIME.left : at + space > width - TIME.right;
  label(c, palette, text, at + (left ? -6 : 6), height - 8, {
    align: left ? "right" : "left",
    colour: palette.ink,
    bold: true,
  });
}

/** The map of blame: down, when the synapse was used; right, when the error came. */
export function draw_map(canvas, palette, { seen, rule, cursor, phase, words = true }) {
  const { c, width, height } = begin(canvas);
  const { T, map } = seen;
  const [left, bottom] = [22, 20];
  const size = Math.min(width - left - 4, height - bottom - 4);
  const from = left + (width - left - 4 - size) / 2;
  const limit = quantile(
    map.filter((v) => v !== 0),
    0.99,
  );
  const rows_from = rule === "bptt" && phase === "backward" ? cursor : rule === "bptt" ? T : 0;
  const columns_to = rule === "bptt" ? T : cursor + 1;
  const empty = mix(rgb(palette.zero), rgb(palette.line), 0.55);
  cells(c, T, T, from, 2, size, size, (s, t) => {
    if (s > t) return null;
    return s >= rows_from && t < columns_to ? shade(palette, map[s * T + t], limit) : empty;
  });
  c.strokeStyle = palette.ink;
  c.lineWidth = 1.5;
  c.beginPath();
  const at = (size * (cursor + (phase === "backward" ? 0 : 1))) / T;
  if (rule === "bptt" && phase === "backward") {
    c.moveTo(from + at, 2 + at);
    c.lineTo(from + size, 2 + at);
  } else if (rule !== "bptt") {
    c.moveTo(from + at, 2);
    c.lineTo(from + at, 2 + at);
  }
  c.stroke();
  label(c, palette, "error at →", from + size, height - 8, { align: "right" });
  c.save();
  c.translate(from - 10, size / 2);
  c.rotate(-Math.PI / 2);
  label(c, palette, "← used at", 0, 0, { align: "center" });
  c.restore();
  if (!words) return;
  const lines = {
    bptt: ["row by row,", "from the last use up"],
    rtrl: ["column by column,", "as errors come"],
    rflo: ["column by column,", "near the diagonal only"],
  }[rule];
  lines.forEach((line, k) => label(c, palette, line, from + 4, size * 0.82 + 16 * k));
}

/**
 * Losses over trials on a logarithmic axis: runs with labels that do not touch, ghosts, and bands.
 *
 * @param {{losses: ArrayLike<number>, rule: string, name?: string, ghost?: boolean, dash?: number[]}[]} runs
 * @param {{low: number[], median: number[], high: number[], rule: string}[]} bands
 */
export function draw_losses(canvas, palette, { runs, bands = [] }) {
  const { c, width, height } = begin(canvas);
  c.font = `600 ${palette.font}`;
  const widest = Math.max(
    ...runs.map(({ name, losses }) => (name && losses.length ? c.measureText(name).width : 0)),
    16,
  );
  const [left, right, top, bottom] = [40, Math.min(widest + 12, width / 3), 8, height - 22];
  const longest = Math.max(100, ...runs.map((run) => run.losses.length), ...bands.map((band) => band.median.length));
  const end = [100, 200, 400, 600, 800, 1000, 1500, 2000, 3000, 4000, 5000].find((n) => n >= longest) ?? longest;
  let lowest = 0.02;
  let highest = 0.5;
  for (const { losses } of runs) {
    for (let k = 0; k < losses.length; k += 5) {
      lowest = Math.min(lowest, losses[k]);
      highest = Math.max(highest, losses[k]);
    }
  }
  highest = Math.min(highest, 20);
  for (const { low } of bands) lowest = Math.min(lowest, ...low);
  lowest = Math.max(lowest * 0.8, 1e-6);
  const x = (k) => left + ((width - left - right) * (k + 1)) / end;
  const scale = (bottom - top) / Math.log(highest / lowest);
  const to_y = (v) => Math.max(top - 4, Math.min(bottom, bottom - Math.log(Math.max(v, 1e-9) / lowest) * scale));
  c.lineWidth = 1;
  for (let e = -6; e <= 1; e++) {
    for (const m of highest / lowest > 300 ? [1] : [1, 2, 5]) {
      const v = m * 10 ** e;
      if (v < lowest || v > highest) continue;
      c.strokeStyle = palette.line;
      c.beginPath();
      c.moveTo(left, to_y(v));
      c.lineTo(width - right, to_y(v));
      c.stroke();
      label(c, palette, `${Number(v.toPrecision(1))}`, left - 6, to_y(v), { align: "right" });
    }
  }
  label(c, palette, "0", left, height - 8, { align: "center" });
  label(c, palette, "trial", (left + width - right) / 2, height - 8, { align: "center" });
  label(c, palette, `${end}`, width - right, height - 8, { align: "center" });
  for (const { low, median, high, rule } of bands) {
    c.save();
    c.globalAlpha = 0.22;
    c.fillStyle = palette[rule];
    c.beginPath();
    for (let k = 0; k < median.length; k++) c.lineTo(x(k), to_y(low[k]));
    for (let k = median.length - 1; k >= 0; k--) c.lineTo(x(k), to_y(high[k]));
    c.fill();
    c.restore();
    curve(c, x, (k) => to_y(median[k]), 0, median.length, palette[rule], { width: 2.5 });
  }
  const ends = [];
  for (const { losses, rule, name, ghost, dash } of runs) {
    if (!losses.length) continue;
    const options = ghost ? { width: 1.2, alpha: 0.45, dash } : { width: 2.2, dash };
    curve(c, x, (k) => to_y(losses[k]), 0, losses.length, palette[rule], options);
    if (name) ends.push({ y: to_y(losses[losses.length - 1]), x: x(losses.length - 1), name, rule });
  }
  ends.sort((a, b) => a.y - b.y);
  ends.forEach((one, k) => (one.y = Math.max(one.y, k ? ends[k - 1].y + 14 : top)));
  const over = ends.length ? Math.max(0, ends.at(-1).y - bottom) : 0;
  for (const one of ends) label(c, palette, one.name, one.x + 6, one.y - over, { colour: palette.ink, bold: true });
}
