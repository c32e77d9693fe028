/**
 * The state of the playground: what network, what curve, how it learns. It fits into an address, and a run can be made
 * again from it to the last digit, here or in Python.
 *
 * @typedef {object} Learn how a run goes on
 * @property {number} rate
 * @property {"own" | "true" | "random" | "flipped" | `redrawn${number}`} wires what carries the error to the units:
 *   the rule's own, the transposed readout, B, -B, or another draw of B
 * @property {"both" | "W" | "readout"} learns
 * @property {"trial" | "step"} update
 * @property {number} bound largest Frobenius norm of the gradient of W; 0 for none
 * @property {number} cut for BPTT: length of the blocks that no credit leaves; 0 for none
 * @property {0 | 1} memory for RFLO: whether a trace remembers
 * @property {number} late for RFLO: steps by which the error comes late
 *
 * @typedef {object} State
 * @property {"bptt" | "rtrl" | "rflo"} rule
 * @property {number} N
 * @property {number} tau
 * @property {number} g
 * @property {number} seed
 * @property {number} T
 * @property {"sines" | "heartbeat" | "steps" | "drawn"} task
 * @property {Int8Array | null} curve what was drawn, POINTS numbers in units of 1 / SCALE
 * @property {number} i the synapse looked at goes from unit j to unit i
 * @property {number} j
 * @property {Learn} learn
 * @property {(Learn & {n: number})[]} run what this rule's run has been until now, part by part
 */

export const POINTS = 100;
export const SCALE = 80;
export const HIGHEST = 127 / SCALE;
export const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
export const LONGEST_RUN = 5000;
export const LARGEST_RTRL = 30;

export const LEARN = {
  rate: 0.03,
  wires: "own",
  learns: "both",
  update: "trial",
  bound: 0,
  cut: 0,
  memory: 1,
  late: 0,
};
export const STATE = { rule: "bptt", N: 30, tau: 10, g: 1.5, seed: 2, T: 100, task: "sines", curve: null, i: 8, j: 4 };

const between = (low, high) => (v) => Number.isFinite(v) && v >= low && v <= high;
const whole = (low, high) => (v) => Number.isInteger(v) && v >= low && v <= high;
const one_of = (...words) => {
  const fits = (v) => words.includes(v);
  return Object.assign(fits, { words });
};

// What each entry may be, as a test and in words.
const LEARN_LIMITS = {
  rate: [between(1e-6, 10), "0.000001 to 10"],
  wires: [(v) => /^(own|true|random|flipped|redrawn[1-9]\d?)$/.test(v), "own, true, random, flipped or redrawn1 to 99"],
  learns: [one_of("both", "W", "readout"), "both, W or readout"],
  update: [one_of("trial", "step"), "trial or step"],
  bound: [between(0, 100), "0 to 100"],
  cut: [whole(0, 400), "0 to 400"],
  memory: [one_of(0, 1), "0 or 1"],
  late: [whole(0, 400), "0 to 400"],
};
const LIMITS = {
  rule: [one_of("bptt", "rtrl", "rflo"), "bptt, rtrl or rflo"],
  N: [whole(2, 60), "2 to 60"],
  tau: [between(1, 50), "1 to 50"],
  g: [between(0, 5), "0 to 5"],
  seed: [whole(0, 9999), "0 to 9999"],
  T: [whole(20, 400), "20 to 400"],
  task: [one_of("sines", "heartbeat", "steps", "drawn"), "sines, heartbeat, steps or drawn"],
  i: [whole(0, 59), "0 to 59"],
  j: [whole(0, 59), "0 to 59"],
};

/** A state like the usual one, but for what is given. */
export function make_state({ learn = {}, run = [], ...others } = {}) {
  const state = { ...STATE, ...others, learn: { ...LEARN, ...learn }, run: run.map((part) => ({ ...LEARN, ...part })) };
  return within(state);
}

/** See that the synapse looked at is one of the network. */
export function within(state) {
  state.i = Math.min(state.i, state.N - 1);
  state.j = Math.min(state.j, state.N - 1);
  return state;
}

// A curve as text: one byte a point, in the alphabet that addresses bear.
export function text_of_curve(curve) {
  const bytes = String.fromCharCode(...new Uint8Array(curve.buffer, curve.byteOffset, curve.length));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function curve_of_text(text) {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return null;
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return bytes.length === POINTS ? Int8Array.from(bytes, (c) => c.charCodeAt(0)) : null;
}

/** Round a curve of any length to what can be drawn. */
export function curve_of_values(values) {
  const at = (k) => sample(values, (k * (values.length - 1)) / (POINTS - 1));
  return Int8Array.from({ length: POINTS }, (_, k) => Math.round(SCALE * Math.max(-HIGHEST, Math.min(HIGHEST, at(k)))));
}

function sample(values, where) {
  const k = Math.min(Math.floor(where), values.length - 2);
  return values.length < 2 ? values[0] : values[k] + (where - k) * (values[k + 1] - values[k]);
}

// One recorded heartbeat (`tasks.heartbeat` of the package, to which a test compares it), and four steps with soft edges.
const HEARTBEAT =
  "_P4EBgMAAwcGBQMFBgL___35-vz5-fr5-Pr79PP6CCA7UEMg_e3u8vPz8_Dv7-_w9fXx8fb29vX29vj39_r-_v__AQEBAQEEBgQFBwcGBgYICwsJBwkHCAgC_wH__fz9-_r6-w";
const steps = () => {
  const levels = [0.8, -0.4, 1, -0.9];
  const value = (k) =>
    levels.reduce((y, to, n) => y + (to - (levels[n - 1] ?? 0)) / (1 + Math.exp(-(k - 25 * n - 3))), 0);
  return curve_of_values(Array.from({ length: POINTS }, (_, k) => value(k)));
};

/** The drawn points of a target that has any. */
export function curve_of({ task, curve }) {
  if (task === "heartbeat") return curve_of_text(HEARTBEAT);
  return task === "steps" ? steps() : curve;
}

/** The task of a state, without input. */
export function task_of(state) {
  const { T, task } = state;
  const curve = curve_of(state);
  const wave = (t) => [1, 0.5, 0.25].reduce((sum, a, k) => sum + a * Math.sin((2 * Math.PI * 2 ** k * (t + 1)) / T), 0);
  const point = (t) => sample(curve, (t * (POINTS - 1)) / (T - 1)) / SCALE;
  return {
    T,
    x: new Float64Array(0),
    y_target: Float64Array.from({ length: T }, (_, t) => (task === "sines" ? wave(t) : point(t))),
  };
}

/** Which wires a rule really has. */
export const wires_of = (rule, { wires }) => (wires === "own" ? (rule === "rflo" ? "random" : "true") : wires);

/** The seed of the network that lends its B when the wires are drawn again. */
export const seed_of_wires = (seed, wires) => seed + 1000 * Number(wires.slice("redrawn".length));

/** The arguments of `train_trial` that stand for a way to learn. */
export function arguments_of(rule, learn) {
  const { rate, learns, update, bound, cut, memory, late } = learn;
  const feedback = wires_of(rule, learn) === "true" ? "W_out" : "B";
  const options = { feedback };
  if (rule === "bptt" && cut) options.truncation = cut;
  if (rule === "rflo") Object.assign(options, { memory: Boolean(memory), delay: late });
  const rates = { W_in: 0, W: learns === "readout" ? 0 : rate, W_out: learns === "W" ? 0 : rate };
  const online = update === "step" && rule !== "bptt";
  return { rates, options, update: online ? "step" : "trial", max_norm: bound && !online ? bound : Infinity };
}

// ---- the address

const changed = (entries, usual) =>
  Object.entries(usual)
    .filter(([key, value]) => entries[key] !== value)
    .map(([key]) => key);

/** What follows the # of an address; empty for the usual state. */
export function text_of_state(state) {
  const parts = changed(state, STATE)
    .filter((key) => key !== "curve")
    .map((key) => `${key}=${state[key]}`);
  if (state.task === "drawn") parts.push(`curve=${text_of_curve(state.curve)}`);
  parts.push(...changed(state.learn, LEARN).map((key) => `${key}=${state.learn[key]}`));
  const run = state.run.map((part) => [part.n, ...changed(part, LEARN).map((key) => `${key}:${part[key]}`)].join(","));
  if (run.length) parts.push(`run=${run.join("~")}`);
  return parts.join("&");
}

function read(pairs, limits, usual, into, problems) {
  for (const [key, text] of pairs) {
    if (!(key in limits)) {
      problems.push(`there is no setting “${key.slice(0, 20)}”`);
      continue;
    }
    const [fits, words] = limits[key];
    const value = typeof usual[key] === "number" ? (text === "" ? NaN : Number(text)) : text;
    if (fits(value)) into[key] = value;
    else problems.push(`${key} must be ${words}, not “${text.slice(0, 20)}”`);
  }
}

/**
 * Read an address.
 *
 * @param {string} text what follows the #
 * @returns {{state: State, problems: string[]}} what could not be read is left as usual, and named
 */
export function state_of_text(text) {
  const state = make_state();
  const problems = [];
  const pairs = text
    .split("&")
    .filter(Boolean)
    .map((pair) => {
      const cut = pair.indexOf("=");
      return cut < 0 ? [pair, ""] : [pair.slice(0, cut), pair.slice(cut + 1)];
    });
  read(
    pairs.filter(([key]) => !(key in LEARN_LIMITS) && !["curve", "run"].includes(key)),
    LIMITS,
    STATE,
    state,
    problems,
  );
  read(
    pairs.filter(([key]) => key in LEARN_LIMITS),
    LEARN_LIMITS,
    LEARN,
    state.learn,
    problems,
  );
  const curve = pairs.find(([key]) => key === "curve");
  if (curve) state.curve = curve_of_text(curve[1]);
  if (curve && !state.curve) problems.push(`the drawn curve must have ${POINTS} points`);
  if (state.task === "drawn" && !state.curve) {
    if (!curve) problems.push("the drawn curve is missing");
    state.task = STATE.task;
  }
  const run = pairs.find(([key]) => key === "run");
  for (const part of run ? run[1].split("~") : []) {
    const [n, ...options] = part.split(",");
    const learn = { ...LEARN };
    read(
      options.map((option) => option.split(":")).map(([key, value = ""]) => [key, value]),
      LEARN_LIMITS,
      LEARN,
      learn,
      problems,
    );
    const left = LONGEST_RUN - trials_of(state.run);
    if (whole(1, left)(Number(n))) state.run.push({ ...learn, n: Number(n) });
    else problems.push(`a run must have 1 to ${LONGEST_RUN} trials, not “${n.slice(0, 20)}”`);
  }
  if (state.rule === "rtrl" && state.N > LARGEST_RTRL) {
    problems.push(`RTRL runs here with up to ${LARGEST_RTRL} units`);
    state.N = LARGEST_RTRL;
  }
  return { state: within(state), problems };
}

/** How many trials a run has. */
export const trials_of = (run) => run.reduce((sum, { n }) => sum + n, 0);

/** Add trials to the record of a run. */
export function go_on(run, learn, n) {
  const last = run.at(-1);
  if (
    last &&
    changed(last, LEARN)
      .concat(changed(learn, LEARN))
      .every((key) => last[key] === learn[key])
  )
    last.n += n;
  else if (n) run.push({ ...learn, n });
}
