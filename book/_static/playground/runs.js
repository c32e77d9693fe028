/**
 * Runs of training, kept by name, and what one can ask of them. It lives in a worker, so that the page stays quick.
 */

import {
  RULES,
  WEIGHTS,
  adjoint,
  alignment,
  angle,
  blame,
  copy,
  fed_back,
  forward,
  loss_of,
  random_network,
  rflo,
  rtrl,
  train_trial,
} from "./engine.js";
import { arguments_of, seed_of_wires, task_of, wires_of } from "./state.js";

/** The network of a state, before training. */
export const network_of = ({ N, tau, g, seed }) => random_network({ n_rec: N, tau, g, seed });

/** The feedback matrix that goes with the wires; the true ones leave B as it was drawn. */
export function B_of({ N, seed }, wires) {
  const drawn = random_network({ n_rec: N, seed: wires.startsWith("redrawn") ? seed_of_wires(seed, wires) : seed }).B;
  return wires === "flipped" ? drawn.map((b) => -b) : drawn;
}

const runs = new Map();

/** Let go of the runs whose names begin like this. */
function drop({ keys }) {
  for (const key of [...runs.keys()]) if (key.startsWith(keys)) runs.delete(key);
}

/** Begin a run from the network of a state. */
function start({ key, state }) {
  const run = { state, task: task_of(state), net: copy(network_of(state)), trial: 0, stopped: null };
  runs.set(key, run);
  return report(run, []);
}

function report({ net, task, trial, stopped }, losses) {
  const { y, error } = forward(net, task);
  return { losses, y, loss: loss_of(error, task.T), alignment: alignment(net), trial, stopped };
}

/** Give the network the wires of this way to learn. */
function wire(run, learn) {
  const wires = wires_of(run.state.rule, learn);
  if (run.wires === wires) return;
  run.wires = wires;
  run.net.B = B_of(run.state, wires);
}

const finite = (net) => WEIGHTS.every((name) => net[name].every(Number.isFinite));

/** Train on: at most so many trials, and at most so many milliseconds, but at least one trial. */
function advance({ key, learn, trials, ms }) {
  const run = runs.get(key);
  wire(run, learn);
  const { rates, options, update, max_norm } = arguments_of(run.state.rule, learn);
  const losses = [];
  const begin = performance.now();
  while (losses.length < trials && !run.stopped) {
    const before = copy(run.net);
    const { loss } = train_trial(run.state.rule, run.net, run.task, rates, options, update, max_norm);
    if (!Number.isFinite(loss) || !finite(run.net)) {
      run.net = before; // the last good network
      run.stopped = "diverged";
      break;
    }
    losses.push(loss);
    run.trial += 1;
    if (performance.now() - begin > ms) break;
  }
  return report(run, losses);
}

/** Everything that the pictures of one slow trial show. `tensor` asks for RTRL's sizes of all pairs of units as well. */
function look({ key, learn, i, j, tensor }) {
  const run = runs.get(key);
  wire(run, learn);
  const { net, task } = run;
  const { rule } = run.state;
  const { T } = task;
  const { n_rec } = net;
  const { options } = arguments_of(rule, learn);
  const { feedback, truncation = T, memory, delay = 0 } = options;
  const trial = forward(net, task);
  const film = new Float32Array(T * n_rec);
  const seen = {
    T,
    N: n_rec,
    h: trial.h,
    y: trial.y,
    phi_prime: trial.phi_prime,
    error: trial.error,
    film,
    loss: loss_of(trial.error, T),
    alignment: alignment(net),
  };
  let gradients;
  if (rule === "bptt") {
    film.set(adjoint(net, task, trial, feedback, truncation));
    ({ gradients } = RULES.bptt(net, task, options));
  } else if (rule === "rtrl") {
    seen.feels = new Float32Array(T * n_rec);
    if (tensor) seen.pairs = new Float32Array(T * n_rec * n_rec);
    const watch = ({ t, P }) => {
      for (let k = 0; k < n_rec; k++) {
        let whole = 0;
        for (let a = 0; a < n_rec; a++) {
          let sum = 0;
          const from = (k * n_rec + a) * n_rec;
          for (let m = from; m < from + n_rec; m++) sum += P[m] * P[m];
          if (tensor) seen.pairs[(t * n_rec + k) * n_rec + a] = Math.sqrt(sum);
          whole += sum;
        }
        film[t * n_rec + k] = Math.sqrt(whole);
        seen.feels[t * n_rec + k] = P[(k * n_rec + i) * n_rec + j];
      }
    };
    ({ gradients } = rtrl(net, task, options, { watch }));
  } else {
    seen.trace = new Float32Array(T);
    seen.fed = new Float32Array(T);
    seen.slope = Float32Array.from({ length: T }, (_, t) => trial.phi_prime[t * n_rec + i]);
    const arrived = new Float64Array(n_rec);
    const watch = ({ t, p }) => {
      if (t < delay) arrived.fill(0);
      else fed_back(net, feedback, trial.error, t - delay, arrived);
      for (let a = 0; a < n_rec; a++) film[t * n_rec + a] = arrived[a] * p[a * n_rec + j];
      seen.trace[t] = p[i * n_rec + j];
      seen.fed[t] = arrived[i];
    };
    ({ gradients } = rflo(net, task, options, { watch }));
  }
  const exact = rule === "rtrl" && feedback === "W_out" ? gradients : RULES.bptt(net, task).gradients;
  seen.angle = exact === gradients ? 0 : angle(gradients.W, exact.W);
  seen.map = Float32Array.from(blame(net, task, i, j, { local: rule === "rflo", feedback, truncation, memory, delay }));
  seen.wires = feedback === "B" ? net.B : net.W_out;
  seen.W = net.W;
  return seen;
}

export const HANDLERS = { start, advance, look, drop };
