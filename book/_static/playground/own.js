/** A curve of the reader's own, from a file of numbers. */

import { POINTS, curve_of_values } from "./state.js";

/**
 * Numbers, a sample a line; columns apart by comma, semicolon, tab or blanks; a first line of titles and lines that begin
 * with # are passed over. Of several columns the first counts, or the second if the first only grows, as time does. Its
 * mean is taken off, and it is scaled to a largest value of 1.
 *
 * @param {string} text
 * @returns {{curve?: Int8Array, told?: string, problem?: string}}
 */
export function curve_of_csv(text) {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  const cells = lines.map((line) => line.split(/\s*[;,\t]\s*|\s+/).map((cell) => (cell === "" ? NaN : Number(cell))));
  if (cells.length && !cells[0].every(Number.isFinite)) {
    cells.shift();
    lines.shift();
  }
  if (cells.length < 2) return { problem: "must hold at least two lines with a number each." };
  const wide = cells[0].length;
  const bad = cells.findIndex((row) => row.length !== wide || !row.every(Number.isFinite));
  if (bad >= 0)
    return {
      problem: `does not fit: in the line “${lines[bad].slice(0, 40)}” ${wide} number${wide > 1 ? "s" : ""} were expected, with a point for decimals.`,
    };
  const grows = wide > 1 && cells.every(([first], k) => k === 0 || first > cells[k - 1][0]);
  const values = cells.map((row) => row[grows ? 1 : 0]);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const size = Math.max(...values.map((v) => Math.abs(v - mean)));
  if (!(size > 1e-12 * Math.max(...values.map(Math.abs))))
    return { problem: "must change over time, but its column is constant." };
  const centred = values.map((v) => (v - mean) / size);
  // More samples than points: each point is the mean over its share of them.
  const edge = (k) => Math.floor((k * centred.length) / POINTS);
  const mean_of = (k) => centred.slice(edge(k), edge(k + 1)).reduce((a, b) => a + b) / (edge(k + 1) - edge(k));
  const points = centred.length > POINTS ? Array.from({ length: POINTS }, (_, k) => mean_of(k)) : centred;
  const which = grows
    ? " of the second column, as the first only grows, like time"
    : wide > 1
      ? " of the first column"
      : "";
  return { curve: curve_of_values(points), told: `${values.length} values${which}, without their mean, scaled to 1.` };
}
