/**
 * Seven predictions. Each names runs that decide it, and how one tells from their losses whether what it says holds; a
 * test counts over eight networks that it does.
 *
 * @typedef {object} Prediction
 * @property {string} id
 * @property {string} question
 * @property {string[]} choices
 * @property {number} right place of the choice that came true
 * @property {[string, object][]} runs label and settings; the first is what the others are compared to
 * @property {(...losses: number[][]) => boolean} holds
 * @property {string} says what `holds` asks, in words
 * @property {string} why
 * @property {string} link page and anchor in the book
 */

/** The median of the last ten losses up to a trial: one trial may be a spike. */
export function end_of(losses, until = losses.length) {
  const last = losses.slice(Math.max(0, until - 10), until).sort((a, b) => a - b);
  return last[Math.floor(last.length / 2)];
}

const highest = (losses, from, to) => Math.max(...losses.slice(from, to));

/** @type {Prediction[]} */
export const TOUR = [
  {
    id: "flip",
    question: "RFLO has learned for 300 trials. Then all feedback wires change their sign. What happens to the loss?",
    choices: ["it rises for good", "it rises, then falls again", "nothing: B is random anyway"],
    right: 1,
    runs: [
      ["left alone", { rule: "rflo", run: [{ n: 900 }] }],
      [
        "flipped at 300",
        { rule: "rflo", run: [{ n: 300 }, { n: 600, wires: "flipped" }], learn: { wires: "flipped" } },
      ],
    ],
    holds: (_, flipped) => {
      const peak = highest(flipped, 300, 600);
      return peak > 1.5 * end_of(flipped, 300) && end_of(flipped) < peak / 2;
    },
    says: "the loss rises by half at least, and then falls to less than half of its peak",
    why: "At first every update of W points the wrong way. But the readout goes on learning, and what it learns turns it towards the new wires. Watch the alignment cross zero. The sign of B does not matter; that the readout can follow it does.",
    link: "rflo.html#feedback-of-the-wrong-sign-or-the-wrong-size",
  },
  {
    id: "late",
    question: "The error reaches the synapses 20 steps late, which is two τ. Can RFLO still use it?",
    choices: [
      "as well as in time: the trace remembers",
      "less, but W still helps",
      "no: better if W did not learn at all",
    ],
    right: 2,
    runs: [
      ["readout only", { rule: "rflo", seed: 3, run: [{ n: 400, learns: "readout" }], learn: { learns: "readout" } }],
      ["20 steps late", { rule: "rflo", seed: 3, run: [{ n: 400, late: 20 }], learn: { late: 20 } }],
    ],
    holds: (readout, late) => end_of(late) > end_of(readout),
    says: "with the late error the loss ends above that of the readout alone",
    why: "The trace forgets with τ. After two τ it holds mostly what came after the act, so that the error blames the wrong moments. Try 5 and 10 steps as well.",
    link: "rflo.html#what-one-synapse-sees",
  },
  {
    id: "freeze",
    question: "The readout is frozen; only W learns, by RFLO. Does it learn the curve?",
    choices: [
      "nearly as well: W does the work",
      "badly: more than twice the loss is left",
      "better: less moves at once",
    ],
    right: 1,
    runs: [
      ["both learn", { rule: "rflo", run: [{ n: 400 }] }],
      ["readout frozen", { rule: "rflo", run: [{ n: 400, learns: "W" }], learn: { learns: "W" } }],
    ],
    holds: (both, frozen) => end_of(frozen) > 2 * end_of(both),
    says: "with a frozen readout the loss ends at more than twice that of both",
    why: "RFLO works since the readout turns towards the random wires. Frozen, it cannot: the error comes to each unit with a weight that has nothing to do with what the unit does to the output. BPTT with a frozen readout does learn, as its wires are the true ones.",
    link: "rflo.html#why-it-works",
  },
  {
    id: "gain",
    question:
      "Before training the weights have a gain: g = 0.5, quiet, or g = 3, lively. With which does BPTT learn more in 400 trials?",
    choices: ["g = 0.5: it starts from calm", "g = 3: it starts from movement", "no difference"],
    right: 1,
    runs: [
      ["g = 0.5", { g: 0.5, run: [{ n: 400 }] }],
      ["g = 3", { g: 3, run: [{ n: 400 }] }],
    ],
    holds: (quiet, lively) => end_of(lively) < end_of(quiet) / 2,
    says: "with g = 3 the loss ends at less than half",
    why: "At g = 0.5 the activity dies out within a few τ, and then there is nothing for the readout to read. At g = 3 the network moves by itself through the whole trial, and learning has waves to shape.",
    link: "untrained.html#near-rest-the-network-is-linear",
  },
  {
    id: "forget",
    question:
      "Each trace forgets at once: a synapse joins the error only with its use in this very step. What is lost?",
    choices: ["nothing", "some: it learns, but ends higher", "everything: the loss does not fall"],
    right: 1,
    runs: [
      ["with its trace", { rule: "rflo", run: [{ n: 400 }] }],
      ["without memory", { rule: "rflo", run: [{ n: 400, memory: 0 }], learn: { memory: 0 } }],
    ],
    holds: (usual, forgetful) => end_of(forgetful) > end_of(usual) && end_of(forgetful) < 0.75 * forgetful[0],
    says: "without memory the loss ends above that with the trace, and below three quarters of the start",
    why: "The map of blame shrinks from a band to the diagonal. The unit’s own slowness still carries a use into the steps that follow, but its synapse no longer gets the blame for it.",
    link: "rflo.html#approximation-1-locality",
  },
  {
    id: "period",
    question:
      "The curve takes four times as long: 400 steps, 40 τ. BPTT has the exact gradient. After 400 trials it is…",
    choices: ["as good: exact is exact", "worse", "better: there are more steps to learn from"],
    right: 1,
    runs: [
      ["100 steps", { seed: 3, run: [{ n: 400 }] }],
      ["400 steps", { T: 400, seed: 3, run: [{ n: 400 }] }],
    ],
    holds: (short, long) => end_of(long) > end_of(short),
    says: "with 400 steps the loss ends higher",
    why: "The gradient is exact, and it is about this network only. Along a long trial a small change of W can grow into a large one, so that a step of the usual length lands in quite a different network. The next prediction shows how.",
    link: "bptt.html#a-trial-too-long",
  },
  {
    id: "spike",
    question:
      "The same long curve. Now no gradient of W may be longer than 2: longer ones are scaled down. BPTT then learns…",
    choices: ["worse: its largest steps are cut", "better", "the same: long gradients are rare"],
    right: 1,
    runs: [
      ["no bound", { T: 400, seed: 3, run: [{ n: 500 }] }],
      ["bound 2", { T: 400, seed: 3, run: [{ n: 500, bound: 2 }], learn: { bound: 2 } }],
    ],
    holds: (free, bounded) => end_of(bounded) < end_of(free),
    says: "with the bound the loss ends lower",
    why: "Once in a while the gradient is a hundred times as long as usual, and a single step throws away what was learned. Seen as a sharp jump in the loss. RFLO has no such spikes: its trace is bounded.",
    link: "bptt.html#a-step-too-large",
  },
];
