/**
 * The network and its three learning rules, in the names of the book's notation page.
 *
 * It does what the Python package `rnn_tutorial` does, and is held to it by the vectors in `tests/vectors`. Matrices are
 * Float64Arrays, row after row: `W[i * n_rec + j]` is the synapse from unit j to unit i, `h[t * n_rec + i]` the
 * activity of unit i. Equation numbers are those of Murray (2019), doi 10.7554/eLife.43299.
 *
 * @typedef {object} Network
 * @property {number} n_in
 * @property {number} n_rec
 * @property {number} n_out
 * @property {number} tau time constant in steps
 * @property {Float64Array} W_in (n_rec, n_in)
 * @property {Float64Array} W (n_rec, n_rec)
 * @property {Float64Array} W_out (n_out, n_rec)
 * @property {Float64Array} B (n_rec, n_out)
 * @property {Float64Array} h0 (n_rec)
 *
 * @typedef {object} Task
 * @property {number} T number of steps
 * @property {Float64Array} x (T, n_in)
 * @property {Float64Array} y_target (T, n_out)
 *
 * @typedef {{W_in: Float64Array, W: Float64Array, W_out: Float64Array}} Gradients of the loss, or a rule's estimate of
 * it: to be subtracted
 */

import { random_stream } from "./random.js";

export const WEIGHTS = ["W_in", "W", "W_out"];

/** The network that `Network.random` of the package draws from the same numbers. */
export function random_network({ n_in = 0, n_rec = 30, n_out = 1, tau = 10, g = 1.5, seed = 0, h0 = 0.1 } = {}) {
  const draw = (child, n, next) => {
    const stream = random_stream(seed, child);
    return Float64Array.from({ length: n }, () => next(stream));
  };
  return {
    n_in,
    n_rec,
    n_out,
    tau,
    W_in: draw(0, n_rec * n_in, (s) => -1 + 2 * s.uniform()),
    W: draw(1, n_rec * n_rec, (s) => (g / Math.sqrt(n_rec)) * s.normal()),
    W_out: draw(2, n_out * n_rec, (s) => (-1 + 2 * s.uniform()) / Math.sqrt(n_rec)),
    B: draw(3, n_rec * n_out, (s) => s.normal()),
    h0: new Float64Array(n_rec).fill(h0),
  };
}

/** A network with weights of its own, to be trained. */
export function copy(net) {
  return { ...net, W_in: net.W_in.slice(), W: net.W.slice(), W_out: net.W_out.slice() };
}

/** Gradients of zeros. */
export function zeros(net) {
  return {
    W_in: new Float64Array(net.W_in.length),
    W: new Float64Array(net.W.length),
    W_out: new Float64Array(net.W_out.length),
  };
}

/** u = W h + W_in x for one step, from the states that start at `h_from` and the inputs that start at `x_from`. */
function current(net, h, h_from, x, x_from, u, u_from) {
  const { n_in, n_rec, W_in, W } = net;
  for (let i = 0; i < n_rec; i++) {
    let sum = 0;
    for (let j = 0; j < n_rec; j++) sum += W[i * n_rec + j] * h[h_from + j];
    for (let j = 0; j < n_in; j++) sum += W_in[i * n_in + j] * x[x_from + j];
    u[u_from + i] = sum;
  }
}

/** y = W_out h, for one step. */
function readout(net, h, h_from, y, y_from) {
  const { n_rec, n_out, W_out } = net;
  for (let k = 0; k < n_out; k++) {
    let sum = 0;
    for (let i = 0; i < n_rec; i++) sum += W_out[k * n_rec + i] * h[h_from + i];
    y[y_from + k] = sum;
  }
}

/**
 * Run one trial (Eq. 1).
 *
 * @returns {{h: Float64Array, u: Float64Array, y: Float64Array, error: Float64Array, phi_prime: Float64Array}}
 * h (T + 1, n_rec), u and phi_prime (T, n_rec), y and error (T, n_out)
 */
export function forward(net, { T, x, y_target }) {
  const { n_in, n_rec, n_out, tau, h0 } = net;
  const h = new Float64Array((T + 1) * n_rec);
  const u = new Float64Array(T * n_rec);
  const phi_prime = new Float64Array(T * n_rec);
  const y = new Float64Array(T * n_out);
  h.set(h0);
  for (let t = 0; t < T; t++) {
    const now = t * n_rec;
    current(net, h, now, x, t * n_in, u, now);
    for (let i = now; i < now + n_rec; i++) {
      const r = Math.tanh(u[i]);
      phi_prime[i] = 1 - r * r;
      h[i + n_rec] = h[i] + (-h[i] + r) / tau;
    }
    readout(net, h, now + n_rec, y, t * n_out);
  }
  return { h, u, y, phi_prime, error: y_target.map((target, k) => target - y[k]) };
}

/** The loss of a trial, 1/(2T) sum_t sum_k error^2 (Eq. 2). */
export function loss_of(error, T) {
  let sum = 0;
  for (const e of error) sum += e * e;
  return sum / (2 * T);
}

/** What one error, of n_out numbers from `from` on, is at each unit: W_out^T error, or B error. */
export function fed_back(net, feedback, error, from, out, out_from = 0) {
  const { n_rec, n_out, W_out, B } = net;
  for (let i = 0; i < n_rec; i++) {
    let sum = 0;
    for (let k = 0; k < n_out; k++) {
      sum += (feedback === "B" ? B[i * n_out + k] : W_out[k * n_rec + i]) * error[from + k];
    }
    out[out_from + i] = sum;
  }
}

/** out += by * a b^T, for a and b that start at the given places. */
function add_outer(out, by, a, a_from, n_a, b, b_from, n_b) {
  for (let i = 0; i < n_a; i++) {
    const a_i = by * a[a_from + i];
    for (let j = 0; j < n_b; j++) out[i * n_b + j] += a_i * b[b_from + j];
  }
}

/**
 * BPTT's credit, from the last step to the first (Eqs. 20 and 21).
 *
 * @returns {Float64Array} z (T, n_rec): minus T times the derivative of the loss with respect to h[t + 1]
 */
export function adjoint(net, { T }, { phi_prime, error }, feedback, truncation) {
  const { n_rec, n_out, tau, W } = net;
  const z = new Float64Array(T * n_rec);
  for (let t = T - 1; t >= 0; t--) {
    const now = t * n_rec;
    const next = now + n_rec;
    fed_back(net, feedback, error, t * n_out, z, now);
    if (t === T - 1 || (t + 1) % truncation === 0) continue;
    for (let j = 0; j < n_rec; j++) z[now + j] += (1 - 1 / tau) * z[next + j];
    for (let i = 0; i < n_rec; i++) {
      const through = (phi_prime[next + i] * z[next + i]) / tau;
      for (let j = 0; j < n_rec; j++) z[now + j] += through * W[i * n_rec + j];
    }
  }
  return z;
}

/**
 * Backpropagation through time: the gradient, exact unless truncated (Eqs. 20 to 23).
 *
 * @param {Network} net
 * @param {Task} task
 * @param {object} [options]
 * @param {"W_out" | "B"} [options.feedback] with "B" the ablation 'random feedback only'
 * @param {number} [options.truncation] no credit crosses from a block of so many steps to the one before
 * @returns {{loss: number, gradients: Gradients}}
 */
export function bptt(net, task, { feedback = "W_out", truncation = task.T } = {}) {
  const { n_in, n_rec, n_out, tau } = net;
  const { T, x } = task;
  const trial = forward(net, task);
  const z = adjoint(net, task, trial, feedback, truncation);
  const gradients = zeros(net);
  const credit = z.map((z_ti, k) => z_ti * trial.phi_prime[k]);
  for (let t = 0; t < T; t++) {
    const now = t * n_rec;
    add_outer(gradients.W_in, -1 / (tau * T), credit, now, n_rec, x, t * n_in, n_in);
    add_outer(gradients.W, -1 / (tau * T), credit, now, n_rec, trial.h, now, n_rec);
    add_outer(gradients.W_out, -1 / T, trial.error, t * n_out, n_out, trial.h, now + n_rec, n_rec);
  }
  return { loss: loss_of(trial.error, T), gradients };
}

const ONE = { W_in: 1, W: 1, W_out: 1 };

/**
 * What the two online rules share: step the network, let the rule step its memory and hand out its share.
 *
 * Each step's share of the gradient, times `by`, is added to `into(t)`: to one place for all steps, to one for each, or
 * to the network itself, which then learns at every step.
 *
 * @param {(now: object, into: Gradients, by: object) => void} rule
 * @param {(now: object) => void} [watch] sees each step
 */
function online(net, task, feedback, delay, { into, by = ONE, watch = () => {} }, rule) {
  const { n_in, n_rec, n_out, tau } = net;
  const { T, x, y_target } = task;
  const h = net.h0.slice();
  const h_before = new Float64Array(n_rec);
  const phi_prime = new Float64Array(n_rec);
  const u = new Float64Array(n_rec);
  const y = new Float64Array(n_out);
  const error = new Float64Array(T * n_out);
  const credit = new Float64Array(n_rec);
  const now = { t: 0, x_from: 0, h, h_before, phi_prime, error, credit };
  for (let t = 0; t < T; t++) {
    current(net, h, 0, x, t * n_in, u, 0);
    h_before.set(h);
    for (let i = 0; i < n_rec; i++) {
      const r = Math.tanh(u[i]);
      phi_prime[i] = 1 - r * r;
      h[i] += (-h[i] + r) / tau;
    }
    readout(net, h, 0, y, 0);
    for (let k = 0; k < n_out; k++) error[t * n_out + k] = y_target[t * n_out + k] - y[k];
    if (t < delay) credit.fill(0);
    else fed_back(net, feedback, error, (t - delay) * n_out, credit);
    for (let i = 0; i < n_rec; i++) credit[i] /= -T;
    Object.assign(now, { t, x_from: t * n_in });
    const to = into(t);
    rule(now, to, by);
    add_outer(to.W_out, -by.W_out / T, error, t * n_out, n_out, h, 0, n_rec);
    watch(now);
  }
  return loss_of(error, T);
}

/**
 * RFLO: a trace at each synapse, and random wires that bring the error (Eqs. 5 and 6).
 *
 * @param {Network} net
 * @param {Task} task
 * @param {object} [options]
 * @param {"B" | "W_out"} [options.feedback] with "W_out" the ablation 'local only'
 * @param {boolean} [options.memory] false: the trace forgets the past at every step
 * @param {number} [options.delay] the error arrives at the synapses so many steps late; the readout has it at once
 * @param {object} [sink] see `online`; omitted, the gradient of the trial is summed up
 * @returns {{loss: number, gradients: Gradients}}
 */
export function rflo(net, task, { feedback = "B", memory = true, delay = 0 } = {}, sink = {}) {
  const { n_in, n_rec, tau } = net;
  const gradients = zeros(net);
  const p = new Float64Array(n_rec * n_rec);
  const q = new Float64Array(n_rec * n_in);
  const keep = memory ? 1 - 1 / tau : 0;
  const remember = (trace, n, post, pre, pre_from, credit, out, by) => {
    for (let a = 0; a < n_rec; a++) {
      const slope = post[a] / tau;
      const share = by * credit[a];
      for (let b = 0, ab = a * n; b < n; b++, ab++) {
        trace[ab] = keep * trace[ab] + slope * pre[pre_from + b];
        out[ab] += share * trace[ab];
      }
    }
  };
  const loss = online(net, task, feedback, delay, { into: () => gradients, ...sink }, (now, to, by) => {
    remember(p, n_rec, now.phi_prime, now.h_before, 0, now.credit, to.W, by.W);
    remember(q, n_in, now.phi_prime, task.x, now.x_from, now.credit, to.W_in, by.W_in);
    now.p = p;
  });
  return { loss, gradients };
}

/**
 * RTRL: the exact gradient, by carrying what every unit owes to every synapse (Eqs. 10 to 14).
 *
 * `P[j * n_rec^2 + a * n_rec + b]` is the derivative of h[j] with respect to W[a, b]: n_rec^3 numbers, all of which move
 * at every step. That is n_rec^4 products a step, and why it is slow.
 *
 * @param {Network} net
 * @param {Task} task
 * @param {object} [options]
 * @param {"W_out" | "B"} [options.feedback]
 * @param {object} [sink] see `online`
 * @returns {{loss: number, gradients: Gradients}}
 */
export function rtrl(net, task, { feedback = "W_out" } = {}, sink = {}) {
  const { n_in, n_rec, tau, W } = net;
  const gradients = zeros(net);
  const tensor = (n) => ({
    n,
    size: n_rec * n,
    now: new Float64Array(n_rec * n_rec * n),
    next: new Float64Array(n_rec * n_rec * n),
  });
  const P = tensor(n_rec);
  const Q = tensor(n_in);
  const carry = (P, post, pre, pre_from, credit, out, by) => {
    const { n, size, now, next } = P;
    for (let j = 0; j < n_rec; j++) {
      const own = next.subarray(j * size, (j + 1) * size).fill(0);
      for (let k = 0; k < n_rec; k++) {
        const jacobian = (post[j] * W[j * n_rec + k]) / tau + (j === k ? 1 - 1 / tau : 0);
        const other = now.subarray(k * size, (k + 1) * size);
        for (let m = 0; m < size; m++) own[m] += jacobian * other[m];
      }
      for (let b = 0; b < n; b++) own[j * n + b] += (post[j] / tau) * pre[pre_from + b];
      const share = by * credit[j];
      for (let m = 0; m < size; m++) out[m] += share * own[m];
    }
    Object.assign(P, { now: next, next: now });
  };
  const loss = online(net, task, feedback, 0, { into: () => gradients, ...sink }, (now, to, by) => {
    // With an update at every step W changes below, so that both tensors move before either share is handed out.
    const shares = to.W === W ? zeros(net) : to;
    carry(P, now.phi_prime, now.h_before, 0, now.credit, shares.W, by.W);
    carry(Q, now.phi_prime, task.x, now.x_from, now.credit, shares.W_in, by.W_in);
    if (shares !== to) {
      add(to.W, 1, shares.W);
      add(to.W_in, 1, shares.W_in);
    }
    now.P = P.now;
  });
  return { loss, gradients };
}

function add(out, by, a) {
  for (let m = 0; m < out.length; m++) out[m] += by * a[m];
}

export const RULES = { bptt, rtrl, rflo };

/**
 * What each step adds to the gradient of an online rule.
 *
 * @param {"rtrl" | "rflo"} name
 * @returns {Gradients[]} one for each step
 */
export function contributions(name, net, task, options = {}) {
  const steps = Array.from({ length: task.T }, () => zeros(net));
  RULES[name](net, task, options, { into: (t) => steps[t] });
  return steps;
}

/** The length of a vector, or Frobenius norm of a matrix. */
export function norm(a) {
  return Math.sqrt(a.reduce((sum, v) => sum + v * v, 0));
}

/**
 * One trial of training: the weights of `net` change.
 *
 * @param {"bptt" | "rtrl" | "rflo"} name
 * @param {Network} net
 * @param {Task} task
 * @param {{W_in: number, W: number, W_out: number}} rates learning rates
 * @param {object} [options] those of the rule
 * @param {"trial" | "step"} [update] when the weights change; BPTT knows only the end of the trial
 * @param {number} [max_norm] the gradient of W is scaled down to this Frobenius norm where it is longer
 * @returns {{loss: number, size: number}} the loss before the update, or of the outputs as they were made, and the norm
 * of the gradient of W, before any bound; NaN with updates at every step
 */
export function train_trial(name, net, task, rates, options = {}, update = "trial", max_norm = Infinity) {
  if (update === "step") {
    const by = { W_in: -rates.W_in, W: -rates.W, W_out: -rates.W_out };
    return { loss: RULES[name](net, task, options, { into: () => net, by }).loss, size: NaN };
  }
  const { loss, gradients } = RULES[name](net, task, options);
  const size = norm(gradients.W);
  const bound = size > max_norm ? max_norm / size : 1;
  add(net.W_in, -rates.W_in, gradients.W_in);
  add(net.W, -rates.W * bound, gradients.W);
  add(net.W_out, -rates.W_out, gradients.W_out);
  return { loss, size };
}

/** The cosine of the angle between two vectors; NaN if either is zero. */
export function cosine(a, b) {
  const dot = a.reduce((sum, v, k) => sum + v * b[k], 0);
  return Math.max(-1, Math.min(1, dot / (norm(a) * norm(b))));
}

/** The angle between two vectors, in degrees. */
export function angle(a, b) {
  return (Math.acos(cosine(a, b)) * 180) / Math.PI;
}

/** The cosine of W_out and B transposed: 1 if the feedback is as good as the readout's own. */
export function alignment(net) {
  const { n_rec, n_out, W_out, B } = net;
  const turned = Float64Array.from(B, (_, m) => W_out[(m % n_out) * n_rec + Math.floor(m / n_out)]);
  return cosine(turned, B);
}

/**
 * The map of blame of the synapse from unit j to unit i: what its use at step s adds to the gradient of a rule through
 * the error that arrives at step t.
 *
 * @param {object} how
 * @param {boolean} [how.local] only what stays at unit i counts, as in RFLO
 * @param {"W_out" | "B"} [how.feedback]
 * @param {number} [how.truncation] for BPTT
 * @param {boolean} [how.memory] for RFLO
 * @param {number} [how.delay] for RFLO
 * @returns {Float64Array} (T, T), at [s * T + t]; zero for s > t; the sum is the rule's gradient of W[i, j]
 */
export function blame(net, task, i, j, how = {}) {
  const { local = false, feedback = "W_out", truncation = task.T, memory = true, delay = 0 } = how;
  const { n_rec, n_out, tau, W } = net;
  const { T } = task;
  const { h, phi_prime, error } = forward(net, task);
  const map = new Float64Array(T * T);
  const arrived = new Float64Array(n_rec);
  let dh = new Float64Array(n_rec * T); // dh[k * T + s]: the change of unit k by the use at step s
  let dh_next = new Float64Array(n_rec * T);
  for (let t = 0; t < T; t++) {
    const first = t - (t % truncation);
    dh_next.fill(0);
    for (let k = 0; k < n_rec; k++) {
      if (local && k !== i) continue;
      const own = dh_next.subarray(k * T, k * T + t);
      for (let l = 0; l < n_rec; l++) {
        if (local && l !== i) continue;
        const leak = k === l && memory ? 1 - 1 / tau : 0;
        const jacobian = leak + (local ? 0 : (phi_prime[t * n_rec + k] * W[k * n_rec + l]) / tau);
        const other = dh.subarray(l * T, l * T + t);
        for (let s = first; s < t; s++) own[s] += jacobian * other[s];
      }
    }
    dh_next[i * T + t] = (phi_prime[t * n_rec + i] * h[t * n_rec + j]) / tau;
    if (t >= delay) {
      fed_back(net, feedback, error, (t - delay) * n_out, arrived);
      for (let k = 0; k < n_rec; k++) {
        for (let s = first; s <= t; s++) map[s * T + t] -= (arrived[k] * dh_next[k * T + s]) / T;
      }
    }
    [dh, dh_next] = [dh_next, dh];
  }
  return map;
}
