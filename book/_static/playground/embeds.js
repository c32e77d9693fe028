/** One row each for the chapters, the race of the comparison, and the landing page's pad: all lead to the playground. */

import {
  TIME,
  begin,
  cells,
  css,
  curve,
  draw_film,
  draw_losses,
  draw_map,
  draw_task,
  label,
  quantile,
  shade,
} from "./draw.js";
import { eigenvalues } from "./eigen.js";
import { forward, random_network } from "./engine.js";
import { drawing_pad } from "./pad.js";
import { curve_of, curve_of_values, make_state, state_of_text, task_of, text_of_state, within } from "./state.js";
import { Trainer } from "./trainer.js";
import {
  button,
  calm,
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

const link_to = (text) =>
  `${new URL("../../book/playground.html", globalThis.PLAYGROUND.base).href}${text ? `#${text}` : ""}`;

/** Units on a ring; unit 0 is at the top. */
function ring_of(width, height, N, margin = 22) {
  const r = Math.min(width, height) / 2 - margin;
  const turn = (k) => (2 * Math.PI * k) / N - Math.PI / 2;
  return {
    r,
    dot: Math.min(9, (2.2 * r) / N + 2),
    at: (k) => [width / 2 + r * Math.cos(turn(k)), height / 2 + r * Math.sin(turn(k))],
  };
}

/** Draw a ring of units, coloured by `colour(k)`, with some of them marked and numbered. */
function draw_units(c, palette, ring, N, colour, marked) {
  for (let k = 0; k < N; k++) {
    const [x, y] = ring.at(k);
    c.beginPath();
    c.arc(x, y, ring.dot, 0, 7);
    c.fillStyle = css(colour(k));
    c.fill();
    c.strokeStyle = marked.includes(k) ? palette.ink : palette.muted;
    c.lineWidth = marked.includes(k) ? 2.5 : 0.8;
    c.stroke();
  }
  for (const k of marked) {
    const [x, y] = ring.at(k);
    const [cx, cy] = [ring.at(0)[0], ring.at(0)[1] + ring.r];
    label(c, palette, `${k}`, x + ((x - cx) / ring.r) * (ring.dot + 9), y + ((y - cy) / ring.r) * (ring.dot + 9), {
      align: "center",
      colour: palette.ink,
    });
  }
}

/** An arrow between two units, bent towards the middle of the ring. */
function arrow(c, ring, from, to, colour, width = 2) {
  const [x0, y0] = ring.at(from);
  const [x1, y1] = ring.at(to);
  const [mx, my] = [ring.at(0)[0], ring.at(0)[1] + ring.r];
  const [bx, by] = [(x0 + x1 + mx) / 3, (y0 + y1 + my) / 3];
  const angle = Math.atan2(y1 - by, x1 - bx);
  const [ex, ey] = [x1 - Math.cos(angle) * (ring.dot + 2), y1 - Math.sin(angle) * (ring.dot + 2)];
  c.strokeStyle = colour;
  c.fillStyle = colour;
  c.lineWidth = width;
  c.beginPath();
  c.moveTo(x0, y0);
  c.quadraticCurveTo(bx, by, ex, ey);
  c.stroke();
  c.beginPath();
  c.moveTo(ex + Math.cos(angle) * 3, ey + Math.sin(angle) * 3);
  for (const side of [2.6, -2.6]) c.lineTo(ex + Math.cos(angle + side) * 9, ey + Math.sin(angle + side) * 9);
  c.fill();
}

/** A frame of one row: pictures, controls, words, and the way to the playground. */
function row(root, { title, pictures, controls, text = () => "" }) {
  const id = name_of("row");
  const words = el("p.pg-small");
  const way = el("a", { href: link_to(text()) }, "to the playground");
  root.replaceChildren(
    el(
      "section.pg-card.pg-embed",
      { "aria-labelledby": id },
      el("p.pg-title", { id }, title),
      el("div.pg-pictures", {}, ...pictures.map((one) => el("div", {}, one.canvas, one.twin))),
      el("div.pg-row", {}, ...controls, way),
      words,
    ),
  );
  return { words, link: () => (way.href = link_to(text())) };
}

/** A row on one slow trial of a rule. */
function slow_trial(root, { rule, title, verb, pictures, tensor = false, left = TIME.left, more = [], draw }) {
  const { state } = state_of_text(root.dataset.state ?? "");
  state.rule = rule;
  root.dataset.rule = rule;
  const span = (rule === "bptt" ? 2 : 1) * state.T;
  const view = { state, seen: null, cursor: 0, phase: "forward", palette: null };
  let where = Math.round(span * (rule === "bptt" ? 0.75 : 0.5));
  let playing = false;
  const play = button(`▶ ${verb}`, () => toggle(), {}, ".pg-main");
  const cursor = el("input.pg-cursor", {
    type: "range",
    min: "0",
    max: `${span - 1}`,
    "aria-label": "step of the trial",
  });
  const at = el("output");
  cursor.oninput = () => move(Number(cursor.value));
  const { words, link } = row(root, {
    title,
    pictures,
    controls: [...more.map((make) => make({ state, again })), play, cursor, at],
    text: () => text_of_state(state),
  });
  const visible = on_screen(root, show);
  const trainer = new Trainer(show, visible);
  let drawing = false;

  async function show() {
    if (drawing) return;
    drawing = true;
    await frame();
    drawing = false;
    if (!view.seen || !view.palette || !visible()) return;
    const backward = where >= state.T;
    Object.assign(view, { cursor: backward ? span - 1 - where : where, phase: backward ? "backward" : "forward" });
    cursor.value = `${where}`;
    at.textContent = `step ${view.cursor + 1}${rule === "bptt" ? `, ${view.phase}` : ""}; ${count(held(rule, state.N, backward ? state.T - 1 : view.cursor))} numbers`;
    cursor.setAttribute("aria-valuetext", at.textContent);
    words.replaceChildren(...marked(sentence(view)));
    draw(view, pictures);
  }

  function move(to) {
    where = Math.max(0, Math.min(span - 1, to));
    show();
  }

  async function toggle() {
    playing = !playing;
    play.textContent = playing ? "❚❚ pause" : `▶ ${verb}`;
    if (where >= span - 1) where = rule === "bptt" ? state.T - 1 : 0;
    let last = performance.now();
    while (playing) {
      await frame();
      const steps = Math.floor(((performance.now() - last) * state.T) / 4000);
      if (!visible()) last = performance.now();
      else if (steps) {
        last = performance.now();
        move(where + steps);
        if (where >= span - 1) toggle();
      }
    }
  }

  /** Look once more, after a change of the network or of the synapse. */
  async function again(fresh) {
    if (fresh) await trainer.begin(state, { forget: true });
    link();
    const { i, j } = state;
    view.seen = { ...(await trainer.look(rule, { learn: state.learn, i, j, tensor })), i, j };
    show();
  }
  draggable(pictures[1].canvas, (x, _, width) => {
    const step = Math.max(
      0,
      Math.min(state.T - 1, Math.round((state.T * (x - left)) / (width - left - TIME.right) - 0.5)),
    );
    move(rule === "bptt" && where >= state.T ? span - 1 - step : step);
  });
  draggable(
    pictures[0].canvas,
    () => {},
    (x, y, width, height) => {
      const ring = ring_of(width, height, state.N);
      const distance = (k) => Math.hypot(x - ring.at(k)[0], y - ring.at(k)[1]);
      const nearest = Array.from({ length: state.N }, (_, k) => k).sort((a, b) => distance(a) - distance(b))[0];
      if (distance(nearest) > 20) return;
      state.i = nearest;
      again(false);
    },
  );
  with_palette(root, (palette) => {
    view.palette = palette;
    show();
  });
  again(true);
}

function last_two({ seen, state, cursor, phase, palette }, pictures) {
  const { rule } = state;
  const [, film, map] = pictures;
  if (film.canvas.classList.contains("pg-film")) {
    draw_film(film.canvas, palette, {
      seen,
      rule,
      cursor,
      phase,
      unit: seen.i,
      captions: phase === "backward" ? ["◂ credit", "right"] : ["stored ▸", "left"],
    });
    film.tell(twin_of_film({ rule, seen, cursor, phase, i: seen.i, j: seen.j }));
  }
  draw_map(map.canvas, palette, { seen, rule, cursor, phase, words: false });
  map.tell(twin_of_map({ rule, seen, i: seen.i, j: seen.j }));
}

const of = (node) => [picture("pg-ring", "The units on a ring"), node, picture("pg-map", "The map of blame")];

function bptt_row(root) {
  slow_trial(root, {
    rule: "bptt",
    title: "Drag the head of the tape. What has to be stored, and where does the credit of a unit come from?",
    verb: "rewind",
    pictures: of(picture("pg-film", "One trial: error and units over time")),
    draw(view, pictures) {
      const { seen, cursor, phase, palette } = view;
      const { N, T, film, h, W, phi_prime, i } = seen;
      const { c, width, height } = begin(pictures[0].canvas);
      const ring = ring_of(width, height, N);
      const limit = quantile(film, 0.985);
      const back = phase === "backward";
      let largest = [];
      if (back && cursor < T - 1) {
        const next = (cursor + 1) * N;
        const share = (k) => film[next + k] * phi_prime[next + k] * W[k * N + i];
        largest = Array.from({ length: N }, (_, k) => k)
          .filter((k) => k !== i)
          .sort((a, b) => Math.abs(share(b)) - Math.abs(share(a)))
          .slice(0, 3);
        largest.forEach((k, m) => arrow(c, ring, k, i, palette.bptt, 4 - m));
      }
      draw_units(
        c,
        palette,
        ring,
        N,
        (k) =>
          back
            ? shade(palette, film[cursor * N + k], limit)
            : palette.greys[Math.round(127 * Math.min(1, Math.abs(h[(cursor + 1) * N + k])))],
        [i, ...largest],
      );
      pictures[0].tell(
        back && largest.length
          ? `Most of the credit that unit ${i} gets through the network comes from units ${largest.join(", ")}.`
          : `Going forward, the activity of ${N} units is stored.`,
      );
      last_two(view, pictures);
    },
  });
}

function rtrl_row(root) {
  const sizes = [5, 10, 15, 20, 25, 30];
  slow_trial(root, {
    rule: "rtrl",
    title: "Press play. Which part of the tensor could a synapse hold itself?",
    verb: "play",
    tensor: true,
    pictures: of(picture("pg-pairs", "How much each unit depends on the synapses onto each unit")),
    more: [
      ({ state, again }) => {
        const one = slider(
          "units N",
          sizes,
          (N) => `${N}: N³ = ${count(N ** 3)}, N⁴ = ${count(N ** 4)}`,
          (N) => {
            within(Object.assign(state, { N }));
            again(true);
          },
        );
        one.set(state.N);
        one.node.classList.add("pg-wide");
        return one.node;
      },
    ],
    draw(view, pictures) {
      const { seen, cursor, palette } = view;
      const { N, T, feels, pairs, i, j } = seen;
      const { c, width, height } = begin(pictures[0].canvas);
      const ring = ring_of(width, height, N);
      const limit = quantile(feels, 0.995);
      arrow(c, ring, j, i, palette.ink, 2.5);
      draw_units(
        c,
        palette,
        ring,
        N,
        (k) => palette.amount[Math.round(127 * Math.min(1, Math.abs(feels[cursor * N + k]) / limit))],
        [i, j],
      );
      const felt = Array.from({ length: N }, (_, k) => Math.abs(feels[cursor * N + k]));
      pictures[0].tell(
        `Who feels synapse ${j} to ${i} by step ${cursor + 1}: ${felt.filter((v) => v > 0.1 * limit).length} of ${N} units by more than a tenth of the largest.`,
      );
      const square = begin(pictures[1].canvas);
      const size = Math.min(square.width - 60, square.height - 44);
      const x0 = (square.width - size) / 2;
      const here = pairs.subarray(cursor * N * N, (cursor + 1) * N * N);
      const top = quantile(pairs.subarray((T - 1) * N * N), 0.98);
      cells(
        square.c,
        N,
        N,
        x0,
        4,
        size,
        size,
        (k, a) => palette.amount[Math.round(127 * Math.sqrt(Math.min(1, here[k * N + a] / top)))],
      );
      square.c.strokeStyle = palette.local;
      square.c.lineWidth = 1.6;
      for (let k = 0; k < N; k++) square.c.strokeRect(x0 + (k * size) / N, 4 + (k * size) / N, size / N, size / N);
      label(square.c, palette, "synapses onto unit →", x0 + size, size + 15, { align: "right" });
      label(square.c, palette, `green: held at the synapse, ${Math.round(100 / N)} %`, x0 + size / 2, size + 32, {
        align: "center",
        colour: palette.local,
        bold: true,
      });
      square.c.save();
      square.c.translate(x0 - 10, size / 2);
      square.c.rotate(-Math.PI / 2);
      label(square.c, palette, "← of unit", 0, 0, { align: "center" });
      square.c.restore();
      pictures[1].tell(
        `A table of ${N} by ${N}: how much each unit depends on the synapses onto each unit. Only its diagonal, one part in ${N}, lies at the synapse.`,
      );
      last_two(view, pictures);
    },
  });
}

const FACTORS_LEFT = 100; // the names of the five rows

function rflo_row(root) {
  slow_trial(root, {
    rule: "rflo",
    title: "Click a unit. Three factors meet at its synapse, and make one product.",
    verb: "play",
    pictures: of(picture("pg-factors", "Five quantities at one synapse over time")),
    left: FACTORS_LEFT,
    draw(view, pictures) {
      const { seen, cursor, palette } = view;
      const { N, T, i, j, wires, film, h, slope, trace, fed } = seen;
      const { c, width, height } = begin(pictures[0].canvas);
      const ring = ring_of(width, height, N);
      const [cx, cy] = [width / 2, height / 2];
      c.strokeStyle = palette.rflo;
      c.setLineDash([3, 4]);
      for (let k = 0; k < N; k++) {
        c.lineWidth = Math.min(4, 0.3 + 1.4 * Math.abs(wires[k]));
        c.beginPath();
        c.moveTo(cx, cy);
        c.lineTo(...ring.at(k));
        c.stroke();
      }
      c.setLineDash([]);
      c.beginPath();
      c.arc(cx, cy, 19, 0, 7);
      c.fillStyle = palette.surface;
      c.strokeStyle = palette.ink;
      c.lineWidth = 1.2;
      c.fill();
      c.stroke();
      label(c, palette, "error", cx, cy, { align: "center", colour: palette.ink });
      arrow(c, ring, j, i, palette.ink, 2.5);
      const limit = quantile(film, 0.985);
      draw_units(c, palette, ring, N, (k) => shade(palette, film[cursor * N + k], limit), [i, j]);
      pictures[0].tell(
        `Random wires bring the error to ${N} units; the wire of unit ${i} has the weight ${wires[i].toFixed(2)}.`,
      );
      const five = begin(pictures[1].canvas);
      const rows = [
        [`before: h of ${j}`, (t) => h[t * N + j], palette.local],
        [`behind: φ′ of ${i}`, (t) => slope[t], palette.local],
        ["its trace", (t) => trace[t], palette.local],
        [`error by B of ${i}`, (t) => fed[t], palette.ink],
        ["weight change", (t) => fed[t] * trace[t], palette.rflo],
      ];
      const tall = (five.height - 22) / rows.length;
      const x = (t) => FACTORS_LEFT + ((five.width - FACTORS_LEFT - TIME.right) * (t + 0.5)) / T;
      rows.forEach(([text, value, colour], k) => {
        const middle = (k + 0.5) * tall;
        let most = 1e-12;
        for (let t = 0; t < T; t++) most = Math.max(most, Math.abs(value(t)));
        const y = (t) => middle - (value(t) / most) * tall * 0.42;
        five.c.strokeStyle = palette.line;
        five.c.lineWidth = 1;
        five.c.beginPath();
        five.c.moveTo(FACTORS_LEFT, middle);
        five.c.lineTo(five.width - TIME.right, middle);
        five.c.stroke();
        curve(five.c, x, y, 0, T, colour, { width: 1.4, alpha: 0.3 });
        curve(five.c, x, y, 0, cursor + 1, colour, { width: 2.4 });
        label(five.c, palette, text, FACTORS_LEFT - 8, middle, { align: "right", colour: palette.ink });
      });
      five.c.strokeStyle = palette.ink;
      five.c.lineWidth = 1.2;
      five.c.beginPath();
      five.c.moveTo(x(cursor), 4);
      five.c.lineTo(x(cursor), five.height - 20);
      five.c.stroke();
      label(five.c, palette, "time →", five.width - TIME.right, five.height - 8, { align: "right" });
      pictures[1].tell(
        `At step ${cursor + 1}: activity before the synapse ${h[cursor * N + j].toFixed(2)}, slope behind it ${slope[cursor].toFixed(2)}, trace ${Number(trace[cursor].toPrecision(2))}, error at the unit ${fed[cursor].toFixed(2)}; their product moves the weight by ${Number((fed[cursor] * trace[cursor]).toPrecision(2))} times the rate over T.`,
      );
      last_two(view, pictures);
    },
  });
}

/** Gain and eigenvalues, and what the untrained network does. */
function network_row(root) {
  const state = make_state({ T: 300 });
  const pictures = [
    picture("pg-ring", "Eigenvalues of the recurrent weights"),
    picture("pg-traces", "Activity of eight units without training"),
  ];
  pictures[1].canvas.classList.add("pg-long");
  const change = (given) => {
    Object.assign(state, given);
    renew();
  };
  const gain = slider(
    "gain g",
    Array.from({ length: 31 }, (_, k) => k / 10),
    (v) => v.toFixed(1),
    (g) => change({ g }),
  );
  const size = slider("units N", [5, 10, 20, 30, 40, 50], String, (N) => change({ N }));
  const next = button("another network", () => change({ seed: (state.seed + 1) % 10000 }));
  gain.set(state.g);
  size.set(state.N);
  const { words, link } = row(root, {
    title: "Raise the gain. When does the network begin to move by itself?",
    pictures,
    controls: [gain.node, size.node, next],
    text: () => text_of_state(make_state({ N: state.N, g: state.g, seed: state.seed })),
  });
  let palette = null;
  let drawn = "";
  let spectrum = [];
  let h = null;
  function renew() {
    const { N, seed, g, T, tau } = state;
    if (drawn !== `${N} ${seed}`) spectrum = eigenvalues(random_network({ n_rec: N, seed, g: 1 }).W, N); // g only stretches them
    drawn = `${N} ${seed}`;
    ({ h } = forward(random_network({ n_rec: N, seed, g, tau }), {
      T,
      x: new Float64Array(0),
      y_target: new Float64Array(T),
    }));
    link();
    draw();
  }
  function draw() {
    if (!palette || !h) return;
    const { N, g, T, tau } = state;
    const { c, width, height } = begin(pictures[0].canvas);
    const reach = 3.4;
    const scale = Math.min(width, height) / 2 / reach;
    const [cx, cy] = [width / 2, height / 2];
    const circle = (x, r, dash, colour) => {
      c.save();
      c.setLineDash(dash);
      c.strokeStyle = colour;
      c.lineWidth = 1.2;
      c.beginPath();
      c.arc(cx + x * scale, cy, r * scale, 0, 7);
      c.stroke();
      c.restore();
    };
    c.save();
    c.beginPath();
    c.rect(0, 0, width, height);
    c.clip();
    circle(0, g, [], palette.muted);
    circle(1 - tau, tau, [5, 4], palette.ink);
    c.restore();
    let grow = 0;
    for (const [re, im] of spectrum) {
      const [x, y] = [g * re, g * im];
      const grows = Math.hypot(1 + (x - 1) / tau, y / tau) > 1;
      grow += grows;
      c.beginPath();
      c.arc(cx + x * scale, cy - y * scale, grows ? 4.5 : 3.5, 0, 7);
      c.fillStyle = grows ? palette.nonlocal : palette.muted;
      c.fill();
    }
    label(c, palette, "border", cx + scale * 1.05, 10, { colour: palette.ink });
    label(c, palette, "real part →", width - 4, height - 8, { align: "right" });
    const lines = begin(pictures[1].canvas);
    const x = (t) => TIME.left + ((lines.width - TIME.left - TIME.right) * t) / T;
    const shown = Math.min(8, N);
    const middle = (lines.height - 22) / 2;
    for (const v of [-1, 0, 1]) {
      lines.c.strokeStyle = palette.line;
      lines.c.lineWidth = 1;
      lines.c.beginPath();
      lines.c.moveTo(TIME.left, middle - v * middle * 0.9);
      lines.c.lineTo(lines.width - TIME.right, middle - v * middle * 0.9);
      lines.c.stroke();
      label(lines.c, palette, `${v}`.replace("-", "−"), TIME.left - 8, middle - v * middle * 0.9, { align: "right" });
    }
    for (let k = 0; k < shown; k++)
      curve(
        lines.c,
        x,
        (t) => middle - h[t * N + k] * middle * 0.9,
        0,
        T + 1,
        [palette.bptt, palette.rtrl, palette.rflo, palette.muted][k % 4],
        { width: 1.6, alpha: 0.9 },
      );
    label(lines.c, palette, `${T} steps = ${T / tau} τ, without training`, lines.width - TIME.right, lines.height - 8, {
      align: "right",
    });
    let late = 0;
    for (let t = T - 50; t < T; t++)
      for (let k = 0; k < N; k++) late = Math.max(late, Math.abs(h[(t + 1) * N + k] - h[t * N + k]));
    const does = late < 1e-3 ? "at the end nothing moves" : "at the end it still moves";
    words.textContent = `${grow} of ${N} eigenvalues lie outside the border: along their vectors a small activity grows. In this network ${does}.`;
    pictures[0].tell(
      `A cloud of ${N} eigenvalues in a circle of radius ${g.toFixed(1)}; ${grow} lie outside the border of stability.`,
    );
    pictures[1].tell(`Activity of ${shown} units over ${T} steps; ${does}.`);
  }
  on_screen(root, draw);
  with_palette(root, (fresh) => {
    palette = fresh;
    draw();
  });
  renew();
}

/** The three rules from one network, each as quickly as it can; or, with a pad, the playground in small. */
function race_row(root, { pad: with_pad }) {
  const { state } = state_of_text(root.dataset.state ?? "");
  if (with_pad) state.rule = "rflo";
  root.dataset.rule = state.rule;
  const racing = with_pad ? [state.rule] : Object.keys(NAMES);
  const until = with_pad ? 600 : 300;
  let palette = null;
  let target = task_of(state).y_target;
  let touched = false;
  const pad = drawing_pad({
    current: () => curve_of(state) ?? curve_of_values(target),
    draw(points, over) {
      touched = true;
      Object.assign(state, { task: "drawn", curve: points.slice() });
      target = task_of(state).y_target;
      trainer.pause();
      if (over) start(!calm.matches);
      draw();
    },
    move: () => draw(),
    say: (text) => (status.textContent = text),
  });
  const status = el("p.pg-hidden", { role: "status" });
  const losses = picture("pg-losses", "Loss by trial");
  const go = button("▶ Train", () => (trainer.training.size ? trainer.pause() : run()), {}, ".pg-main");
  const reset = button("↺ Reset", () => start(false));
  const progress = el("p.pg-progress");
  const rules = el("div.pg-row", { role: "group", "aria-label": "Learning rule" });
  for (const rule of Object.keys(NAMES)) {
    rules.append(button(NAMES[rule], () => choose(rule), { "data-rule": rule, title: MOTTOS[rule] }));
  }
  const shown = { canvas: pad.canvas, twin: pad.node };
  const { words, link } = row(root, {
    title: with_pad
      ? "Draw a curve. 30 units learn it here, in your browser."
      : "Draw a curve, and press. Three rules start from one network, each as quickly as it can.",
    pictures: with_pad ? [shown] : [shown, losses],
    controls: with_pad ? [go, rules, progress] : [go, reset, progress],
    text: () => text_of_state({ ...state, run: [] }),
  });
  root.append(status);
  if (with_pad) words.remove();
  const visible = on_screen(root, draw);
  const trainer = new Trainer(draw, visible);

  async function start(on) {
    link();
    await trainer.begin(state, { forget: true });
    draw();
    if (on) run();
  }
  async function run() {
    const names = with_pad ? [state.rule] : racing;
    const from = Math.max(0, ...names.map((rule) => trainer.lane(rule)?.trial ?? 0));
    await trainer.train(names, from >= until ? from + until : until);
    const told = names
      .map((rule) => trainer.lane(rule))
      .filter((lane) => lane?.trial)
      .map((lane) => `${NAMES[lane.rule]} ${short(lane.loss)} after ${lane.trial} trials`);
    status.textContent = told.length ? `Loss: ${told.join(", ")}.` : "";
    draw();
  }
  async function choose(rule) {
    touched = true;
    Object.assign(state, { rule });
    root.dataset.rule = rule;
    await start(!calm.matches);
  }
  let drawing = false;
  async function draw() {
    if (drawing) return;
    drawing = true;
    await frame();
    drawing = false;
    if (!palette || !visible()) return;
    const lane = trainer.lane(state.rule);
    draw_task(pad.canvas, palette, {
      T: state.T,
      tau: state.tau,
      target,
      rule: state.rule,
      y: lane?.y,
      before: lane?.trial ? lane.before : null,
      others: racing.map((rule) => trainer.lane(rule)).filter((one) => one && one !== lane),
      pen: pad.shown_pen(state.T),
      hint: touched ? "" : "draw here ✎",
    });
    pad.tell(twin_of_task({ target, lane, rule: state.rule }));
    go.textContent = trainer.training.size ? "❚❚ Pause" : "▶ Train";
    for (const one of rules.children) one.setAttribute("aria-pressed", `${one.dataset.rule === state.rule}`);
    if (with_pad) {
      progress.replaceChildren(
        el("span", {}, "trial ", el("b", {}, `${lane?.trial ?? 0}`)),
        el("span", {}, "loss ", el("b", {}, lane ? short(lane.loss) : "…")),
      );
      return;
    }
    const lanes = racing.map((rule) => trainer.lane(rule)).filter(Boolean);
    progress.replaceChildren(...lanes.map((one) => el("span", {}, `${NAMES[one.rule]} `, el("b", {}, `${one.trial}`))));
    draw_losses(losses.canvas, palette, {
      runs: lanes.map((one) => ({
        rule: one.rule,
        losses: one.losses,
        name: NAMES[one.rule],
        dash: one.rule === "rtrl" ? [5, 4] : [],
      })),
    });
    losses.tell(twin_of_losses(lanes));
    words.textContent =
      "The numbers count trials. RTRL makes the same steps as BPTT, and is the last to make them: it moves 27,000 numbers at every step. One network is no ranking.";
  }
  with_palette(root, (fresh) => {
    palette = fresh;
    draw();
  });
  start(with_pad && !calm.matches);
}

export const KINDS = {
  network: network_row,
  bptt: bptt_row,
  rtrl: rtrl_row,
  rflo: rflo_row,
  comparison: (root) => race_row(root, { pad: false }),
  landing: (root) => race_row(root, { pad: true }),
};
