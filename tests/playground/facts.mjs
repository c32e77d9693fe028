// What the playground's modules say of themselves, as JSON: `node facts.mjs FOLDER WHAT`.
import { pathToFileURL } from "node:url";

const [folder, what, given] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`));
const engine = await load("engine");
const S = await load("state");
const { network_of, B_of } = await load("runs");
const { as_python } = await load("python");
const { TOUR } = await load("tour");

/** All losses of the run of a state. */
function losses_of(state) {
  const net = engine.copy(network_of(state));
  const task = S.task_of(state);
  const losses = [];
  for (const part of state.run) {
    net.B = B_of(state, S.wires_of(state.rule, part));
    const { rates, options, update, max_norm } = S.arguments_of(state.rule, part);
    for (let k = 0; k < part.n; k++) {
      losses.push(engine.train_trial(state.rule, net, task, rates, options, update, max_norm).loss);
    }
  }
  return losses;
}

const curve = Int8Array.from({ length: S.POINTS }, (_, k) => Math.round(90 * Math.sin(k / 7) + 20 * Math.cos(k)));
const RUNS = [
  { run: [{ n: 12 }] },
  { rule: "rflo", N: 12, seed: 7, tau: 7, g: 2, run: [{ n: 12 }, { n: 6, wires: "flipped" }, { n: 5 }] },
  {
    rule: "rtrl",
    N: 6,
    T: 50,
    task: "steps",
    run: [
      { n: 5, update: "step" },
      { n: 4, rate: 0.1 },
    ],
  },
  {
    rule: "rflo",
    task: "heartbeat",
    T: 150,
    run: [
      { n: 8, memory: 0, learns: "W" },
      { n: 8, wires: "redrawn2" },
    ],
  },
  {
    rule: "rflo",
    task: "drawn",
    curve,
    T: 60,
    run: [
      { n: 8, late: 5, bound: 0.05 },
      { n: 8, wires: "true", learns: "readout" },
    ],
  },
  {
    task: "drawn",
    curve,
    run: [
      { n: 8, cut: 20 },
      { n: 8, wires: "random", bound: 1 },
    ],
  },
  {
    rule: "rflo",
    N: 20,
    task: "drawn",
    curve,
    run: [
      { n: 9, update: "step", rate: 0.1 },
      { n: 4, memory: 0, late: 3 },
    ],
  },
];
const SAID = {
  runs() {
    return RUNS.map((given) => {
      const state = S.make_state(given);
      const text = S.text_of_state(state);
      const read = S.state_of_text(text);
      return {
        text,
        again: S.text_of_state(read.state),
        problems: read.problems,
        code: as_python(state),
        losses: losses_of(read.state),
      };
    });
  },
  usual() {
    return S.text_of_state(S.make_state());
  },
  nonsense() {
    const texts = [
      "tau=0",
      "N=1000",
      "rule=hebb",
      "run=~",
      "run=20,rate:x",
      "run=99999",
      "task=drawn",
      "task=drawn&curve=%%",
      "task=drawn&curve=abcd",
      "seed=-1",
      "g=",
      "colour=red",
      "rule=rtrl&N=60",
      "wires=redrawn0",
    ];
    return texts.map((text) => {
      const { state, problems } = S.state_of_text(text);
      return { text, problems, again: S.state_of_text(S.text_of_state(state)).problems };
    });
  },
  tour() {
    return TOUR.map(({ id, runs, holds, link, choices, right }) => {
      const at = (seed) =>
        holds(...runs.map(([, given]) => losses_of(S.make_state(seed === null ? given : { ...given, seed }))));
      const others = Array.from({ length: Number(given) }, (_, seed) => at(seed));
      return { id, link, choices, right, shown: at(null), others };
    });
  },
  async eigenvalues() {
    const { eigenvalues } = await load("eigen");
    const W = (n_rec, seed) => engine.random_network({ n_rec, seed }).W;
    const matrices = [
      [1, W(1, 0)],
      [2, W(2, 1)],
      [7, W(7, 3)],
      [30, W(30, 2)],
      [50, W(50, 5)],
      [3, Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0)],
      [3, new Float64Array(9)],
    ];
    return matrices.map(([n, A]) => ({ n, A: Array.from(A), found: eigenvalues(A, n) }));
  },
  async own() {
    return (await load("own")).curve_of_csv(given);
  },
  heartbeat() {
    return Array.from(S.task_of(S.make_state({ task: "heartbeat" })).y_target);
  },
};
console.log(JSON.stringify(await SAID[what]()));
