/** The playground's page: task, one slow trial, map of blame, controls, losses, and seven predictions. */

import { FILM, TIME, draw_film, draw_losses, draw_map, draw_task } from "./draw.js";
import { eight_networks } from "./eight.js";
import { curve_of_csv } from "./own.js";
import { drawing_pad } from "./pad.js";
import { as_python } from "./python.js";
import {
  LARGEST_RTRL,
  LONGEST_RUN,
  RATES,
  curve_of,
  curve_of_values,
  make_state,
  state_of_text,
  task_of,
  text_of_state,
  trials_of,
  within,
} from "./state.js";
import { TOUR } from "./tour.js";
import { Trainer, losses_of } from "./trainer.js";
import {
  button,
  calm,
  choice,
  count,
  draggable,
  el,
  frame,
  name_of,
  on_screen,
  picture,
  short,
  slider,
  with_palette,
} from "./ui.js";
import {
  MOTTOS,
  NAMES,
  held,
  marked,
  sentence,
  twin_of_film,
  twin_of_losses,
  twin_of_map,
  twin_of_task,
} from "./words.js";

const KEPT = "playground-predictions";
const RULE_NAMES = Object.keys(NAMES);
const FIRST_RUN = 400;

/** What the browser keeps of the tour; a browser that keeps nothing is no fault. */
const memory = {
  load() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT));
      return kept && typeof kept === "object" ? kept : {};
    } catch {
      return {};
    }
  },
  save(answers) {
    try {
      localStorage.setItem(KEPT, JSON.stringify(answers));
    } catch {
      // a private window
    }
  },
};

/** Put the playground into an element. */
function playground(root) {
  let palette = null;
  let state = make_state();
  let target = task_of(state).y_target;
  let seen = null; // what the slow trial shows
  let where = 150; // place of the cursor: steps forward, and for BPTT steps back after them
  let playing = false;
  let bands = [];
  let told = null; // runs of the tour: what the others are compared to
  let touched = false;

  const card = (name, title, note, ...children) => {
    const id = name_of(name);
    const h = el("h2.pg-title", { id }, title, note ? el("small", {}, note) : "");
    return el(`section.pg-card.pg-${name}`, { "aria-labelledby": id }, h, ...children);
  };
  const live = el("p.pg-hidden", { role: "status" });
  const note = el("p.pg-note", { role: "status", hidden: true });
  const say = (text) => (live.textContent = text);
  const tell = (text, { done = false } = {}) => {
    note.hidden = !text;
    note.textContent = text;
    note.classList.toggle("pg-done", done);
  };

  // ---- rules

  const rules = el("div.pg-rules", { role: "group", "aria-label": "Learning rule" });
  for (const rule of RULE_NAMES) {
    rules.append(
      el(
        "button.pg-rule",
        { type: "button", onclick: () => choose(rule), "data-rule": rule },
        el("b", {}, NAMES[rule]),
        el("span", {}, MOTTOS[rule]),
      ),
    );
  }

  // ---- 1 the task

  const pad = drawing_pad({
    current: points,
    draw: (curve, over) => {
      touched = true;
      Object.assign(state, { task: "drawn", curve: curve.slice() });
      target = task_of(state).y_target;
      for (const one of presets.querySelectorAll("button")) one.setAttribute("aria-pressed", "false");
      if (over) begin({ go: !calm.matches });
      else trainer.pause();
      draw();
    },
    move: draw,
    say,
  });
  const presets = el("div.pg-row", { role: "group", "aria-label": "Targets to try" }, el("span", {}, "Try:"));
  for (const [task, text] of [
    ["sines", "three sines"],
    ["heartbeat", "heartbeat"],
    ["steps", "steps"],
  ]) {
    presets.append(button(text, () => set({ task, curve: null }, { go: !calm.matches }), { "data-task": task }));
  }
  const file = el("input.pg-hidden", {
    type: "file",
    accept: ".csv,.txt,text/csv",
    "aria-label": "A CSV file with your own curve",
    tabIndex: -1,
  });
  file.onchange = async () => {
    const [chosen] = file.files;
    file.value = "";
    if (chosen) own(await chosen.text(), chosen.name);
  };
  presets.append(
    button("your own CSV…", () => file.click()),
    file,
  );
  const key = el("p.pg-key", { "aria-hidden": "true" });
  const progress = el("p.pg-progress", {}, " ");
  const task_card = card(
    "task-card",
    "1 · The task",
    "draw over it with mouse, finger or arrow keys",
    pad.node,
    el("div.pg-row.pg-spread", {}, presets, key),
  );

  // ---- controls

  const train = button("▶ Train", () => (trainer.training.size ? pause() : go([state.rule])), {}, ".pg-main");
  const one = button("1 trial", () => once());
  const reset = button("↺ Reset", () => begin({ go: false }));
  const race = button("all three", () => go(RULE_NAMES.filter(trainer_possible)), {
    title: "Train all three rules, each as quickly as it can",
  });
  const sliders = {
    rate: slider("rate η", RATES, String, (rate) => learn({ rate })),
    N: slider("units N", [5, 10, 15, 20, 25, 30, 40, 50, 60], String, (N) => set({ N })),
    tau: slider(
      "memory τ",
      [1, 2, 3, 5, 7, 10, 15, 20, 30, 50],
      (v) => `${v} step${v === 1 ? "" : "s"}`,
      (tau) => set({ tau }),
    ),
    g: slider(
      "gain g",
      Array.from({ length: 16 }, (_, k) => k / 5),
      (v) => `${Number(v.toFixed(2))}`,
      (g) => set({ g }),
    ),
    T: slider(
      "trial T",
      [50, 100, 150, 200, 300, 400],
      (v) => `${v} steps`,
      (T) => set({ T }),
    ),
  };
  const seed = el("input", { type: "number", min: "0", max: "9999", step: "1" });
  seed.onchange = () => set({ seed: Math.max(0, Math.min(9999, Math.round(Number(seed.value)) || 0)) });
  const dice = button("⚄", () => set({ seed: (state.seed + 1) % 10000 }), {
    "aria-label": "next seed",
    title: "another network",
  });
  const choices = {
    wires: choice(
      "The error comes through",
      [
        ["own", "the rule’s wires"],
        ["true", "true wires Wᵒᵘᵗᵀ"],
        ["random", "random wires B"],
        ["flipped", "−B"],
        ["redrawn", "B drawn anew"],
      ],
      (wires) => learn({ wires: wires === "redrawn" ? next_wires() : wires }),
    ),
    learns: choice(
      "What learns",
      [
        ["both", "both"],
        ["W", "only W"],
        ["readout", "only the readout"],
      ],
      (learns) => learn({ learns }),
    ),
    update: choice(
      "The weights change",
      [
        ["trial", "after a trial"],
        ["step", "at every step"],
      ],
      (update) => learn({ update }),
    ),
    bound: choice(
      "Gradient of W at most",
      [
        ["0", "any length"],
        ["2", "2"],
        ["1", "1"],
        ["0.3", "0.3"],
      ],
      (bound) => learn({ bound: Number(bound) }),
    ),
    cut: choice(
      "BPTT’s credit goes back",
      [
        ["0", "to the start"],
        ["50", "50"],
        ["20", "20"],
        ["5", "5 steps"],
      ],
      (cut) => learn({ cut: Number(cut) }),
    ),
    memory: choice(
      "RFLO’s trace",
      [
        ["1", "remembers"],
        ["0", "forgets at once"],
      ],
      (keep) => learn({ memory: Number(keep) }),
    ),
    late: choice(
      "RFLO’s error comes",
      [
        ["0", "at once"],
        ["5", "5"],
        ["10", "10"],
        ["20", "20 steps late"],
      ],
      (late) => learn({ late: Number(late) }),
    ),
  };
  const next_wires = () => `redrawn${1 + Number(/^redrawn(\d+)$/.exec(state.learn.wires)?.[1] ?? 0)}`;
  const settings = el(
    "details.pg-settings",
    {},
    el("summary", {}, "The network and the rate"),
    ...Object.values(sliders).map((one) => one.node),
    el("div.pg-slider", {}, el("label", { for: (seed.id = name_of("seed")) }, "seed"), seed, dice),
  );
  const wiring = el(
    "details.pg-settings",
    {},
    el("summary", {}, "What learns, through which wires"),
    ...Object.values(choices).map((one) => one.node),
  );
  const controls = card(
    "controls",
    "Learn",
    "",
    progress,
    el("div.pg-row", {}, train, one, reset),
    note,
    settings,
    wiring,
  );

  // ---- 2 one trial, 3 the map

  const film = picture("pg-film", "One trial: error and units over time");
  const map = picture("pg-map", "The map of blame of one synapse");
  const play = button("▶ Play", () => toggle());
  const cursor = el("input.pg-cursor", { type: "range", min: "0", step: "1", "aria-label": "step of the trial" });
  const at = el("output");
  cursor.oninput = () => move(Number(cursor.value));
  const trial_note = el("small", {});
  const trial_card = card(
    "trial",
    "2 · One trial, slowly ",
    "",
    film.canvas,
    film.twin,
    el(
      "div.pg-row",
      {},
      play,
      button("◀", () => move(where - 1), { "aria-label": "one step back" }),
      button("▶", () => move(where + 1), { "aria-label": "one step on" }),
      cursor,
      at,
    ),
  );
  trial_card.firstChild.append(trial_note);
  const unit_input = (text, which) => {
    const input = el("input", { type: "number", min: "0", step: "1" });
    input.onchange = () => {
      state[which] = Math.max(0, Math.min(state.N - 1, Math.round(Number(input.value)) || 0));
      show();
      renew();
    };
    return [el("label.pg-unit", {}, text, input), input];
  };
  const [from_label, from_input] = unit_input("synapse from ", "j");
  const [to_label, to_input] = unit_input("to ", "i");
  const map_card = card(
    "map-card",
    "3 · The map of blame",
    "",
    el("div.pg-units", {}, from_label, to_label),
    map.canvas,
    map.twin,
    el(
      "p.pg-small",
      {},
      "Down: when it was used. Right: when the error came. All of it added up is one number of the gradient.",
    ),
  );
  draggable(
    film.canvas,
    (x, _, width) => {
      const t = Math.round((state.T * (x - TIME.left)) / (width - TIME.left - TIME.right) - 0.5);
      const step = Math.max(0, Math.min(state.T - 1, t));
      move(place().phase === "backward" ? span() - 1 - step : step);
    },
    (_x, y, _width, height) => {
      const row = Math.floor(((y - FILM.top) / (height - FILM.top - FILM.bottom)) * state.N);
      if (row < 0 || row >= state.N) return;
      state.i = row;
      show();
      renew();
      address();
    },
  );
  const sentence_node = el("p.pg-sentence");

  // ---- losses

  const losses = picture("pg-losses", "Loss by trial");
  const gauge = (text) => {
    const value = el("b");
    const bar = el("span");
    return {
      value,
      bar,
      node: el("div.pg-gauge", {}, el("span", {}, text), value, el("i", { "aria-hidden": "true" }, bar)),
    };
  };
  const gauges = {
    held: gauge("numbers held now"),
    angle: gauge("angle to the true gradient of W"),
    alignment: gauge("readout · feedback (alignment)"),
  };
  const eight = button("eight seeds", () => band(), { title: "The same with eight networks: BPTT and RFLO" });
  const eight_says = el("p.pg-small", { role: "status" });
  const loss_card = card(
    "loss-card",
    "Loss",
    "each rule from the same network",
    losses.canvas,
    losses.twin,
    el(
      "div.pg-row",
      {},
      race,
      eight,
      button("clear", () => clear(), { title: "Take earlier runs away" }),
    ),
    eight_says,
    ...Object.values(gauges).map((one) => one.node),
  );

  // ---- predictions

  const answers = memory.load();
  let at_question = Math.max(
    0,
    TOUR.findIndex(({ id }) => !(id in answers)),
  );
  const tour_title = el("small");
  const tour_body = el("div");
  const tour_card = card("tour", "Predict, then press ", "", tour_body);
  tour_card.firstChild.append(tour_title);

  // ---- sharing

  const code = el("div.pg-code", { role: "region", tabIndex: 0, "aria-label": "Python program" });
  const copied = (what, text, otherwise) => async () => {
    try {
      await navigator.clipboard.writeText(text());
      tell(`${what} is copied.`, { done: true });
    } catch {
      tell(`The browser does not let the page copy. ${otherwise}`);
    }
  };
  const link = () => `${location.href.split("#")[0]}#${text_of_state(record())}`;
  const python = el(
    "details.pg-python",
    {},
    el("summary", {}, "as Python"),
    el(
      "p.pg-small",
      {},
      "The same run with the package ",
      el("code", {}, "rnn_tutorial"),
      ", to the last digits that rounding leaves.",
    ),
    code,
    button(
      "Copy the program",
      copied("The program", () => code.textContent, "Select it and copy it by hand."),
    ),
  );
  python.ontoggle = () => write_code();
  function write_code() {
    if (python.open) code.textContent = as_python(record());
  }
  const share = el(
    "section.pg-card.pg-share",
    { "aria-label": "Take it with you" },
    el(
      "div.pg-row",
      {},
      button("Copy a link to this run", copied("The link", link, "The address bar has the link.")),
      button("Save the picture", () => save()),
    ),
    python,
  );

  root.replaceChildren(
    el(
      "div.pg-grid",
      {},
      rules,
      task_card,
      controls,
      sentence_card(),
      trial_card,
      map_card,
      loss_card,
      tour_card,
      share,
    ),
    live,
  );
  function sentence_card() {
    return el("section.pg-card.pg-say", { "aria-label": "What happens now" }, sentence_node);
  }
  const wide = root.clientWidth > 620;
  settings.open = wide;

  // ---- what happens

  const visible = on_screen(root, draw);
  const trainer = new Trainer(changed, visible);
  const trainer_possible = (rule) => trainer.possible(rule);

  function points() {
    return curve_of(state) ?? curve_of_values(target);
  }

  /** The state with what the run of the rule was. */
  function record() {
    return { ...state, run: trainer.lane(state.rule)?.run ?? [] };
  }

  function address() {
    const text = text_of_state(record());
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    write_code();
  }

  /** Other settings: a new network, and the runs until now are ghosts. */
  function set(given, options) {
    touched = true;
    within(Object.assign(state, given));
    target = task_of(state).y_target;
    return begin(options);
  }

  /** Start from the network as it was drawn. */
  async function begin({ go: on = trainer.training.size > 0, forget = false } = {}) {
    told = null;
    bands = [];
    eight_says.textContent = "";
    tell("");
    show();
    await trainer.begin(state, { forget });
    renew();
    address();
    if (on && trainer.possible(state.rule)) go([state.rule]);
  }

  /** Learn otherwise from here on. */
  function learn(given) {
    touched = true;
    Object.assign(state.learn, given);
    show();
    renew();
    address();
  }

  async function choose(rule) {
    touched = true;
    const on = trainer.training.size > 0;
    pause();
    state.rule = rule;
    where = telling();
    show();
    if (!trainer.possible(rule)) tell(too_large());
    else tell("");
    await trainer.lane_of(rule);
    renew();
    address();
    if (on && trainer.possible(rule)) go([rule]);
  }

  const too_large = () =>
    `With ${state.N} units RTRL would carry ${count(state.N ** 3)} numbers and make ${count(state.N ** 4)} products at every step. Here it runs with up to ${LARGEST_RTRL} units.`;

  async function go(some, until = LONGEST_RUN) {
    if (!trainer.possible(state.rule)) return tell(too_large());
    const lane = trainer.lane(state.rule);
    if (lane?.stopped) return tell(diverged(lane));
    if (state.rule === "bptt" && state.learn.update === "step")
      tell("BPTT cannot change the weights at every step: it knows a step’s credit only at the end of the trial.");
    for (const rule of some) await trainer.lane_of(rule);
    const running = trainer.train(some, until);
    show();
    await running;
    finished();
  }

  function finished() {
    if (trainer.training.size) return;
    const lane = trainer.lane(state.rule);
    if (lane?.stopped) tell(diverged(lane));
    if (lane) say(`${NAMES[state.rule]}, trial ${lane.trial}, loss ${short(lane.loss)}.`);
    show();
    renew();
    address();
  }

  const diverged = (lane) =>
    `The run stopped at trial ${lane.trial + 1}: its loss or its weights are no longer finite. You see the last good network. A smaller rate or a bounded step may help; Reset starts again.`;

  function pause() {
    trainer.pause();
    show();
  }

  async function once() {
    touched = true;
    pause();
    if (!trainer.possible(state.rule)) return tell(too_large());
    await trainer.advance(state.rule, state.learn, 1, 0);
    finished();
  }

  let spoke = 0;
  function changed() {
    const now = performance.now();
    if (trainer.training.size && now - spoke > 5000) {
      const lane = trainer.lane(state.rule);
      if (lane) say(`Trial ${lane.trial}, loss ${short(lane.loss)}.`);
      spoke = now;
    }
    if (trainer.training.size) renew(state.rule === "rtrl" ? 3000 : 350);
    draw();
  }

  // Looking costs the worker a few trials: one look at a time, and in training not too often.
  let looking = null;
  let again = false;
  let looked = 0;
  async function renew(pause_between = 0) {
    if (!trainer.lane(state.rule) || (state.rule === "rtrl" && !trainer.possible("rtrl"))) return;
    if (performance.now() - looked < pause_between) return;
    if (looking) {
      again = again || !pause_between;
      return;
    }
    looked = performance.now();
    const { rule, i, j } = state;
    const { epoch } = trainer;
    looking = trainer.look(rule, { learn: { ...state.learn }, i, j });
    const found = await looking.catch(() => null);
    looking = null;
    if (found && epoch === trainer.epoch && rule === state.rule) {
      seen = { ...found, rule, i, j };
      draw();
    }
    if (again || rule !== state.rule) {
      again = false;
      renew();
    }
  }

  // ---- the cursor

  const span = () => (state.rule === "bptt" ? 2 : 1) * state.T;
  /** A place of the cursor at which there is something to see. */
  const telling = () => Math.round((state.rule === "bptt" ? 1.5 : 0.62) * state.T);
  function place() {
    where = Math.max(0, Math.min(span() - 1, where));
    const backward = where >= state.T;
    return { cursor: backward ? span() - 1 - where : where, phase: backward ? "backward" : "forward" };
  }

  function move(to) {
    where = Math.max(0, Math.min(span() - 1, to));
    draw();
  }

  async function toggle() {
    playing = !playing;
    play.textContent = playing ? "❚❚ Pause" : "▶ Play";
    if (where >= span() - 1) where = 0;
    let last = performance.now();
    while (playing) {
      await frame();
      const now = performance.now();
      if (!visible()) {
        last = now;
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      const steps = Math.floor(((now - last) * state.T) / 3500);
      if (steps) {
        last = now;
        if (where + steps >= span() - 1) toggle();
        move(where + steps);
      }
    }
  }

  // ---- eight networks

  let counting = 0;
  async function band() {
    const mine = (counting += 1);
    const n = Math.max(200, Math.min(400, trainer.lane(state.rule)?.trial ?? 0));
    pause();
    await eight_networks(state, n, `${trainer.name}:eight`, (found, text) => {
      if (mine !== counting) return false;
      bands = found;
      eight_says.textContent = text;
      draw();
      return true;
    });
  }

  function clear() {
    trainer.ghosts = [];
    bands = [];
    told = null;
    counting += 1;
    eight_says.textContent = "";
    draw();
  }

  // ---- the reader's own curve

  async function own(text, name) {
    const { problem, curve, told: what } = curve_of_csv(text);
    if (problem) return tell(`${name} ${problem}`);
    await set({ task: "drawn", curve }, { go: !calm.matches });
    tell(`${name}: ${what}`);
  }

  function save() {
    const picture_of = el("canvas", { width: pad.canvas.width, height: pad.canvas.height });
    const c = picture_of.getContext("2d");
    c.fillStyle = palette.surface;
    c.fillRect(0, 0, picture_of.width, picture_of.height);
    c.drawImage(pad.canvas, 0, 0);
    el("a", { href: picture_of.toDataURL("image/png"), download: "playground.png" }).click();
  }

  // ---- seven predictions

  function ask_question() {
    const { id, question, choices: options, right, why, link: page, says, runs } = TOUR[at_question];
    const answer = answers[id];
    const done = TOUR.filter((one) => one.id in answers).length;
    tour_title.textContent = `${at_question + 1} of ${TOUR.length}${done ? `, ${done} answered` : ""}`;
    const buttons = options.map((text, k) =>
      button(
        text,
        () => predict(k),
        { "aria-pressed": `${answer === k}`, disabled: predicting },
        answer === k ? ".pg-chosen" : "",
      ),
    );
    const parts = [
      el("p", {}, question),
      el("div.pg-row", { role: "group", "aria-label": "Your prediction" }, ...buttons),
    ];
    if (answer !== undefined && !predicting) {
      const href = new URL(`../../book/${page}`, globalThis.PLAYGROUND.base).href;
      const verdict = el(
        "p",
        { role: "status" },
        el("b", {}, answer === right ? "So it is: " : "It came otherwise: "),
        `${options[right]}.`,
      );
      const counted = el(
        "p.pg-small",
        { role: "status" },
        `This was one network, seed ${make_state(runs[1][1]).seed}. `,
      );
      const many = button("with eight networks", () => check_eight(counted, many));
      parts.push(
        verdict,
        el("details", {}, el("summary", {}, "Why?"), el("p", {}, `${why} `, el("a", { href }, "In the book"), ".")),
        counted,
        el("div.pg-row", {}, many),
      );
      many.title = says;
    }
    const step = (by) => () => {
      at_question = (at_question + by + TOUR.length) % TOUR.length;
      ask_question();
    };
    parts.push(
      el(
        "div.pg-row.pg-spread",
        {},
        button("◀", step(-1), { "aria-label": "question before", disabled: predicting }),
        before ? button("back to mine", back, { disabled: predicting }) : "",
        button("next ▶", step(1), { "aria-label": "next question", disabled: predicting }),
      ),
    );
    tour_body.replaceChildren(...parts);
  }

  let predicting = false;
  let before = null; // the reader's own state, while the tour's is shown
  async function predict(chosen) {
    const { id, runs } = TOUR[at_question];
    predicting = true;
    answers[id] = chosen;
    before ??= text_of_state(record());
    pause();
    ask_question();
    const [[reference, first], [changed_name, second]] = runs;
    const first_state = make_state(first);
    const { n, ...learn_first } = make_state(second).run[0];
    state = make_state({ ...second, run: [], learn: learn_first });
    where = telling();
    target = task_of(state).y_target;
    await begin({ go: false, forget: true });
    told = [{ rule: "muted", losses: [], name: reference }];
    losses_of(first_state, `${trainer.name}:told`).then((found) => {
      if (told) told[0].losses = found;
      draw();
    });
    told.named = changed_name;
    await trainer.replay(state.rule, make_state(second).run, {
      paced: !calm.matches,
      on_part: (part) => {
        Object.assign(state.learn, part);
        show();
      },
    });
    predicting = false;
    memory.save(answers);
    finished();
    ask_question();
    tour_body.querySelector("[role=status]")?.scrollIntoView({ block: "nearest" });
  }

  async function check_eight(node, many) {
    const { runs, holds, says } = TOUR[at_question];
    const question = at_question;
    many.disabled = true;
    let held_in = 0;
    for (let k = 0; k < 8; k++) {
      const found = [];
      for (const [, given] of runs)
        found.push(await losses_of(make_state({ ...given, seed: k }), `${trainer.name}:many`));
      if (question !== at_question) return;
      held_in += holds(...found) ? 1 : 0;
      node.textContent = `${held_in} of ${k + 1} networks so far…`;
    }
    node.textContent = `In ${held_in} of 8 networks (seeds 0 to 7) it held that ${says}.`;
  }

  async function back() {
    const text = before;
    before = null;
    await open(text);
    ask_question();
  }

  // ---- showing it

  /** Set all controls to what holds. */
  function show() {
    const { rule } = state;
    root.dataset.rule = rule;
    for (const one of rules.children) one.setAttribute("aria-pressed", `${one.dataset.rule === rule}`);
    for (const one of presets.querySelectorAll("[data-task]"))
      one.setAttribute("aria-pressed", `${one.dataset.task === state.task}`);
    for (const name of ["N", "tau", "g", "T"]) sliders[name].set(state[name]);
    sliders.rate.set(state.learn.rate);
    seed.value = `${state.seed}`;
    for (const name of Object.keys(choices))
      choices[name].set(name === "wires" ? state.learn.wires.replace(/\d+$/, "") : state.learn[name]);
    choices.cut.node.hidden = rule !== "bptt";
    choices.memory.node.hidden = choices.late.node.hidden = rule !== "rflo";
    choices.update.node.hidden = rule === "bptt";
    train.textContent = trainer?.training.size ? "❚❚ Pause" : "▶ Train";
    from_input.value = `${state.j}`;
    to_input.value = `${state.i}`;
    from_input.max = to_input.max = `${state.N - 1}`;
    trial_note.textContent = {
      bptt: "grey: activity, stored; colour: the credit of each unit",
      rtrl: `what each unit owes to all ${count(state.N ** 2)} synapses`,
      rflo: `error times trace of the synapse from unit ${state.j} onto each unit`,
    }[rule];
    draw();
  }

  let drawing = false;
  /** Draw at the next frame, once. */
  async function draw() {
    if (drawing) return;
    drawing = true;
    await frame();
    drawing = false;
    if (!palette || !trainer || !visible()) return;
    const { rule, T, tau, N } = state;
    const lane = trainer.lane(rule);
    const { cursor: step, phase } = place();
    draw_task(pad.canvas, palette, {
      T,
      tau,
      target,
      rule,
      y: lane?.y,
      before: lane?.trial ? lane.before : null,
      cursor: seen ? step + (phase === "backward" ? -0.5 : 0.5) : null,
      pen: pad.shown_pen(T),
      hint: touched || pad.drawing ? "" : "draw here ✎",
    });
    pad.tell(twin_of_task({ target, lane, rule }));
    progress.replaceChildren(
      el("span", {}, "trial ", el("b", {}, `${lane?.trial ?? 0}`)),
      el("span", {}, "loss ", el("b", {}, lane ? short(lane.loss) : "…")),
    );
    if (seen && seen.rule === rule && seen.T === T && seen.N === N) {
      const captions = {
        bptt: phase === "forward" ? ["stored ▸", "left"] : ["◂ credit", "right"],
        rtrl: ["tensor ▸", "left"],
        rflo: [state.learn.memory ? "traces ▸" : "no memory", "left"],
      }[rule];
      draw_film(film.canvas, palette, { seen, rule, cursor: step, phase, unit: seen.i, captions });
      film.tell(twin_of_film({ rule, seen, cursor: step, phase, i: seen.i, j: seen.j }));
      draw_map(map.canvas, palette, { seen, rule, cursor: step, phase });
      if (!trainer.training.size) map.tell(twin_of_map({ rule, seen, i: seen.i, j: seen.j }));
      set_gauge(gauges.angle, `${Math.round(seen.angle)}°`, seen.angle / 180);
    }
    sentence_node.replaceChildren(...marked(sentence({ state, cursor: step, phase })));
    cursor.max = `${span() - 1}`;
    cursor.value = `${where}`;
    at.textContent = `step ${step + 1}${rule === "bptt" ? `, ${phase}` : ""}`;
    cursor.setAttribute("aria-valuetext", at.textContent);
    const runs = [
      ...trainer.ghosts.map((ghost) => ({ ...ghost, ghost: true })),
      ...RULE_NAMES.map((name) => trainer.lane(name))
        .filter((one) => one?.losses.length)
        .map((one) => ({
          rule: one.rule,
          losses: one.losses,
          name: told ? told.named : NAMES[one.rule],
          dash: one.rule === "rtrl" ? [5, 4] : [],
          ghost: one.rule !== rule && !trainer.training.has(one.rule),
        })),
      ...(told ?? []),
    ];
    draw_losses(losses.canvas, palette, { runs, bands });
    losses.tell(twin_of_losses(RULE_NAMES.map((name) => trainer.lane(name))));
    const now_held = held(rule, N, phase === "backward" ? T - 1 : step);
    set_gauge(gauges.held, count(now_held), Math.log(now_held) / Math.log(Math.max(N ** 3, N * T)));
    set_gauge(
      gauges.alignment,
      lane ? lane.alignment.toFixed(2).replace("-", "−") : "…",
      lane ? (lane.alignment + 1) / 2 : 0,
    );
    key.replaceChildren(
      el("span.pg-key-target", {}, "target"),
      el("span.pg-key-output", {}, "output"),
      el("span.pg-key-before", {}, "before"),
    );
  }

  function set_gauge({ value, bar }, text, share) {
    value.textContent = text;
    bar.style.width = `${Math.max(0, Math.min(100, 100 * share))}%`;
  }

  /** Take up the state of an address, its run included. */
  async function open(text) {
    const { state: wanted, problems } = state_of_text(text);
    const run = wanted.run;
    state = { ...wanted, run: [] };
    target = task_of(state).y_target;
    where = telling();
    await begin({ go: false, forget: true });
    if (problems.length)
      tell(
        `This address could not be read in full: ${problems.slice(0, 3).join("; ")}. What it left open is as usual.`,
      );
    if (run.length) {
      if (!problems.length) tell(`The run of this address, ${trials_of(run)} trials, is made again…`);
      await trainer.replay(state.rule, run);
      if (!problems.length) tell("");
      finished();
    }
  }

  const hash = () => {
    const text = decodeURIComponent(location.hash.slice(1));
    return text.includes("=") ? text : "";
  };
  addEventListener("hashchange", () => {
    if (hash() && hash() !== text_of_state(record())) open(hash());
  });
  with_palette(root, (fresh) => {
    palette = fresh;
    draw();
  });
  ask_question();
  open(hash()).then(() => {
    touched = touched || hash() !== "";
    if (!hash() && !calm.matches) go([state.rule], FIRST_RUN);
  });
}

export const KINDS = { page: playground };
