/** The same with eight networks, BPTT beside RFLO: a band, and no ranking from one run. */

import { make_state } from "./state.js";
import { end_of } from "./tour.js";
import { losses_of } from "./trainer.js";
import { short } from "./ui.js";
import { NAMES } from "./words.js";

/** Lowest, middle and highest loss of each trial; a run that diverged counts as far above. */
function band_of(runs, n) {
  const columns = Array.from({ length: n }, (_, k) => runs.map((losses) => losses[k] ?? 20).sort((x, y) => x - y));
  const middle = (c) => Math.sqrt(c[Math.floor((c.length - 1) / 2)] * c[Math.floor(c.length / 2)]);
  return { low: columns.map((c) => c[0]), median: columns.map(middle), high: columns.map((c) => c.at(-1)) };
}

/**
 * @param {import("./state.js").State} state its rate, wires and so on are those of both rules
 * @param {number} n trials
 * @param {string} key begins the names of the runs
 * @param {(bands: object[], text: string) => boolean} on_part after each network; false ends it
 */
export async function eight_networks(state, n, key, on_part) {
  const found = { bptt: [], rflo: [] };
  const rules = Object.keys(found);
  const bands = () => rules.map((rule) => ({ rule, ...band_of(found[rule], n) }));
  for (let k = 0; k < 8; k++) {
    for (const rule of rules) {
      const one = make_state({ ...state, rule, seed: state.seed + k, run: [{ ...state.learn, n }] });
      found[rule].push(await losses_of(one, `${key}:${rule}`));
    }
    if (!on_part(bands(), `${k + 1} of 8 networks…`)) return;
  }
  const [a, b] = rules.map((rule) => found[rule].map((losses) => (losses.length < n ? Infinity : end_of(losses))));
  const lower = a.filter((v, k) => b[k] < v).length;
  const shown = (v) => (Number.isFinite(v) ? short(v) : "diverged");
  const told_of = (rule, values) => {
    const sorted = [...values].sort((x, y) => x - y);
    return `${NAMES[rule]} ${shown((sorted[3] + sorted[4]) / 2)} [${shown(sorted[0])}, ${shown(sorted[7])}]`;
  };
  const verdict = lower > 0 && lower < 8 ? "No ranking follows." : "That is for this rate and this number of trials.";
  on_part(
    bands(),
    `Seeds ${state.seed} to ${state.seed + 7}, ${n} trials, one rate. Loss of the last ten trials, median [lowest, highest]: ${told_of("bptt", a)}; ${told_of("rflo", b)}. RFLO ended lower in ${lower} of 8. ${verdict}`,
  );
}
