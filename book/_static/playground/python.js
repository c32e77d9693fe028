/** The lines that make the same run with the Python package. */

import { SCALE, arguments_of, curve_of, seed_of_wires, text_of_curve, wires_of } from "./state.js";

const LATE = `def late(rule, delay):
    """The error reaches W \`delay\` steps late; the readout has it at once."""

    def gradient(net, x, y_target, **options):
        y = net.run(x).y
        arrives = np.zeros_like(y)
        arrives[delay:] = (y_target - y)[:-delay]
        g = rule(net, x, y_target, **options)
        return rule(net, x, y + arrives, **options)._replace(W_out=g.W_out)

    return gradient`;

/** What one part of a run is in Python: the rule, its options, and helpers that it needs. */
function call_of(rule, part) {
  const { rates, options, update, max_norm } = arguments_of(rule, part);
  const { feedback, truncation, memory, delay } = options;
  const helpers = [];
  let module = rule;
  const given = [];
  if (feedback !== (rule === "rflo" ? "B" : "W_out") || memory === false) given.push(`feedback="${feedback}"`);
  if (truncation) given.push(`truncation=${truncation}`);
  let code = `"${rule}"`;
  if (memory === false) {
    module = "bptt"; // credit that crosses no step is a trace without memory
    given.push("truncation=1");
    code = '"bptt"';
  }
  if (delay) {
    helpers.push(LATE);
    code = `late(${module}.gradient, ${delay})`;
  }
  if (max_norm < Infinity) given.push(`max_norm=${max_norm}`);
  const rate =
    part.learns === "both" ? part.rate : `{"${part.learns === "W" ? "W" : "W_out"}": ${rates.W || rates.W_out}}`;
  const settings = [`rule=${code}`, `n_trials=${part.n}`, `learning_rate=${rate}`];
  if (update === "step") settings.push('update="step"');
  return { settings: [...settings, ...given], helpers, module: delay ? module : null };
}

/**
 * A Python program that repeats a run.
 *
 * @param {import("./state.js").State} state
 * @returns {string}
 */
export function as_python(state) {
  const { rule, N, tau, g, seed, T, task } = state;
  const run = state.run.length ? state.run : [{ ...state.learn, n: 300 }];
  const drawn = task !== "sines";
  const lines = [];
  const calls = run.map((part) => call_of(rule, part));
  const helpers = [...new Set(calls.flatMap((call) => call.helpers))];
  const modules = [...new Set(calls.map((call) => call.module).filter(Boolean))];
  let now = "net";
  let wired = "random";
  calls.forEach(({ settings }, k) => {
    const wires = wires_of(rule, run[k]) === "true" ? wired : wires_of(rule, run[k]);
    if (wires !== wired) {
      const other = wires.startsWith("redrawn")
        ? `Network.random(0, ${N}, 1, seed=${seed_of_wires(seed, wires)})`
        : "net";
      lines.push(`wired = replace(${now}, B=${wires === "flipped" ? "-" : ""}${other}.B)`);
      now = "wired";
      wired = wires;
    }
    lines.push(`history = train(${now}, task, ${settings.join(", ")})`);
    now = "history.network";
  });
  const standard = [
    drawn && "import base64",
    lines.some((line) => line.startsWith("wired = ")) && "from dataclasses import replace",
  ];
  const blocks = [
    standard.filter(Boolean).join("\n"),
    (drawn || helpers.length) && "import numpy as np",
    `from rnn_tutorial import ${["Network", ...modules, "tasks", "train"].join(", ")}`,
    ...helpers.map((helper) => `\n${helper}`),
    [
      `${helpers.length ? "\n" : ""}net = Network.random(n_in=0, n_rec=${N}, n_out=1, tau=${tau}, g=${g}, seed=${seed})`,
      ...(drawn ? ["# 100 points, a byte each", `curve = "${text_of_curve(curve_of(state))}=="`] : []),
      drawn
        ? `task = tasks.from_signal(np.frombuffer(base64.urlsafe_b64decode(curve), np.int8) / ${SCALE}, n_steps=${T}, n_in=0)`
        : `task = tasks.sum_of_sines(period=${T}, n_in=0)`,
      ...lines,
      "print(history.loss[-1])",
    ].join("\n"),
  ];
  return blocks.filter(Boolean).join("\n\n");
}
