/** What the playground says: one sentence on what happens now, and the text twins of its pictures. */

import { wires_of } from "./state.js";
import { count, short } from "./ui.js";
import { quantile } from "./draw.js";

export const NAMES = { bptt: "BPTT", rtrl: "RTRL", rflo: "RFLO" };
export const MOTTOS = {
  bptt: "waits for the end, then runs the film backward",
  rtrl: "knows at once, and carries a number for every unit and synapse",
  rflo: "keeps one trace a synapse; random wires bring the error",
};

/** How many numbers a rule holds while it is at step t (steps gone: t + 1). */
export function held(rule, N, t) {
  return rule === "bptt" ? (t + 1) * N : rule === "rtrl" ? N ** 3 : N ** 2;
}

// «words» are what a synapse can see, «!words» what it cannot: in the book's two colours.
/** One sentence on what happens at the cursor. */
export function sentence({ state, cursor, phase }) {
  const { rule, i, j, N, tau, learn } = state;
  const wires = wires_of(rule, learn);
  const error =
    {
      true: "!through the readout’s own weights",
      random: "through its fixed wire of B",
      flipped: "through its wire of B, with the sign flipped",
    }[wires] ?? "through a wire of B drawn anew";
  const step = `Step ${cursor + 1}`;
  if (rule === "bptt") {
    if (phase === "forward")
      return `${step}, forward. All activity is stored, ${count(held(rule, N, cursor))} numbers by now. No synapse knows yet what it is to blame for.`;
    const reach = learn.cut ? ` Credit stops at blocks of ${learn.cut} steps.` : "";
    return `${step}, on the way back. Unit ${i} gets its credit «!from later steps», «!through the weights of other synapses». Synapse ${j}→${i} multiplies it by «the slope of its unit and the activity of unit ${j}», as stored.${reach}`;
  }
  if (rule === "rtrl") {
    return `${step}. Each of ${N} units carries how much it owes to each of ${count(N * N)} synapses: ${count(N ** 3)} numbers, all moved at every step «!through the weights of other synapses». Synapse ${j}→${i} could hold «one of them»; the other ${N - 1} that concern it «!nobody could».`;
  }
  const late = learn.late ? ` ${learn.late} steps late` : "";
  const memory = learn.memory
    ? `What its use did more than about ${tau} steps ago is forgotten, and what it did to other units «!it never sees».`
    : "The trace forgets at once, and what a use did to other units «!it never sees».";
  return `${step}. Synapse ${j}→${i} multiplies «its own trace» by the error that arrives${late} «${error}». ${memory}`;
}

/** Turn the marked words of a sentence into elements. */
export function marked(text) {
  return text
    .split(/(«[^»]*»)/)
    .filter(Boolean)
    .map((part) => {
      if (!part.startsWith("«")) return part;
      const far = part[1] === "!";
      const node = document.createElement("b");
      node.className = far ? "pg-nonlocal" : "pg-local";
      node.textContent = part.slice(far ? 2 : 1, -1);
      return node;
    });
}

export function twin_of_task({ target, lane, rule }) {
  if (!lane) return "The target is drawn; no network has run yet.";
  const off = target.map((v, t) => Math.abs(v - lane.y[t]));
  const worst = off.indexOf(Math.max(...off));
  return `${NAMES[rule]} after ${lane.trial} trials: loss ${short(lane.loss)}. The output is furthest from the target at step ${worst + 1}: ${lane.y[worst].toFixed(2)} instead of ${target[worst].toFixed(2)}.`;
}

export function twin_of_film({ rule, seen, cursor, phase, i, j }) {
  const { N, film, error } = seen;
  const row = Array.from({ length: N }, (_, k) => Math.abs(film[cursor * N + k]));
  const most = row.indexOf(Math.max(...row));
  const what = {
    bptt: phase === "forward" ? "stored activity" : "credit",
    rtrl: "what it owes to all synapses",
    rflo: `trace of the synapse from unit ${j}, times the error`,
  }[rule];
  return `Step ${cursor + 1}, ${phase}: the error is ${error[cursor].toFixed(2)}. Of all units, ${what} is largest at unit ${most}; unit ${i} has ${Number(film[cursor * N + i].toPrecision(2))}.`;
}

export function twin_of_map({ rule, seen, i, j }) {
  const { T, map } = seen;
  let sum = 0;
  let size = 0;
  let near = 0;
  for (let s = 0; s < T; s++) {
    for (let t = s; t < T; t++) {
      const v = map[s * T + t];
      sum += v;
      size += Math.abs(v);
      if (t - s <= 10) near += Math.abs(v);
    }
  }
  return `Synapse ${j}→${i} under ${NAMES[rule]}: the map adds up to ${Number(sum.toPrecision(2))}, the gradient of this weight. ${Math.round((100 * near) / (size || 1))} % of the blame, by size, lies within 10 steps of the use. The largest entries are about ${Number(quantile(map, 0.999).toPrecision(2))}.`;
}

export function twin_of_losses(lanes) {
  const told = lanes
    .filter((lane) => lane?.losses.length)
    .map(
      (lane) =>
        `${NAMES[lane.rule]}: ${short(lane.losses[0])} at first, ${short(lane.losses.at(-1))} after ${lane.losses.length} trials`,
    );
  return told.length ? `Loss by trial, same network. ${told.join("; ")}.` : "No trial has been made yet.";
}
