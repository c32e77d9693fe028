// Hold an engine against vectors: `node check.mjs ENGINE FILE...` prints the worst relative error of each quantity.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [engine_path, ...files] = process.argv.slice(2);
const engine = await import(pathToFileURL(engine_path));
const { WEIGHTS } = engine;
const worst = {};

/** Relative error in the Euclidean norm; what should be zero must be zero. */
function compare(what, got, expected) {
  const a = Array.from(got);
  const b = [expected].flat(Infinity);
  const size = Math.hypot(...b);
  const off = a.length === b.length ? Math.hypot(...a.map((v, k) => v - b[k])) : Infinity;
  const error = off === 0 ? 0 : off / size;
  worst[what] = worst[what] >= error ? worst[what] : Number.isNaN(error) ? Infinity : error;
}

const flat = (rows) => Float64Array.from(rows.flat(Infinity));

function network_of({ tau, h0, ...matrices }) {
  const n_in = matrices.W_in[0].length;
  const arrays = Object.fromEntries(Object.entries(matrices).map(([name, rows]) => [name, flat(rows)]));
  return { n_in, n_rec: h0.length, n_out: matrices.W_out.length, tau, h0: flat(h0), ...arrays };
}

const task_of = ({ x, y_target }) => ({ T: x.length, x: flat(x), y_target: flat(y_target) });

for (const file of files) {
  const vector = JSON.parse(readFileSync(file, "utf8"));
  if (vector.settings) {
    const drawn = engine.random_network(vector.settings);
    const expected = network_of(vector.network);
    for (const name of [...WEIGHTS, "B", "h0"]) compare("draw", drawn[name], Array.from(expected[name]));
    continue;
  }
  const net = network_of(vector.network);
  const task = task_of(vector.task);
  if (vector.n_trials) {
    const { rule, learning_rate, options, update, max_norm, n_trials, alignment } = vector;
    const what = `training ${rule}`;
    const learner = engine.copy(net);
    const losses = [];
    const aligned = [];
    for (let k = 0; k < n_trials; k++) {
      aligned.push(engine.alignment(learner));
      losses.push(engine.train_trial(rule, learner, task, learning_rate, options, update, max_norm ?? Infinity).loss);
    }
    compare(what, losses, vector.loss);
    compare(what, aligned, alignment);
    for (const name of WEIGHTS) compare(what, learner[name], vector.weights[name]);
    continue;
  }
  const trial = engine.forward(net, task);
  for (const name of ["h", "u", "y"]) compare("forward", trial[name], vector.forward[name]);
  compare("loss", [engine.loss_of(trial.error, task.T)], vector.loss);
  for (const { rule, options, ...expected } of vector.gradients) {
    const { loss, gradients } = engine.RULES[rule](net, task, options);
    compare("loss", [loss], vector.loss);
    for (const name of WEIGHTS) compare(`gradient ${rule}`, gradients[name], expected[name]);
  }
  for (const { rule, options, ...expected } of vector.contributions) {
    const steps = engine.contributions(rule, net, task, options);
    for (const name of WEIGHTS) {
      compare(
        `contributions ${rule}`,
        steps.flatMap((step) => Array.from(step[name])),
        expected[name],
      );
    }
  }
  for (const { rule, options, i, j, map } of vector.blame) {
    const how = { feedback: rule === "rflo" ? "B" : "W_out", ...options, local: rule === "rflo" };
    compare(`blame ${rule}`, engine.blame(net, task, i, j, how), map);
  }
  compare("alignment", [engine.alignment(net)], vector.alignment);
  const { rule, to, W } = vector.angle;
  const of = (name) => engine.RULES[name](net, task).gradients.W;
  if (W !== null) compare("angle", [engine.angle(of(rule), of(to))], W);

  // What has no vector of its own: a trace without memory is credit that crosses no step, and a late error is the map's.
  const forgetful = vector.gradients.find((one) => one.options.truncation === 1);
  const { gradients } = engine.rflo(net, task, { memory: false });
  for (const name of ["W_in", "W"]) compare("trace without memory", gradients[name], forgetful[name]);
  const { i, j } = vector.blame[0];
  for (const how of [{ delay: 2 }, { memory: false, delay: 1 }]) {
    const map = engine.blame(net, task, i, j, { local: true, feedback: "B", ...how });
    const late = engine.rflo(net, task, how).gradients.W[i * net.n_rec + j];
    compare("late error", [map.reduce((a, b) => a + b)], late);
  }
}
console.log(JSON.stringify(worst));
