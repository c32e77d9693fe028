/** The runs of the three rules from one network: what the worker is asked for, and what came of it. */

import { ask } from "./client.js";
import { LARGEST_RTRL, LONGEST_RUN, go_on, make_state } from "./state.js";
import { frame } from "./ui.js";

const GHOSTS = 6;
let trainers = 0;

/**
 * One rule's run.
 *
 * @typedef {object} Lane
 * @property {string} rule
 * @property {number[]} losses
 * @property {Float64Array} y output of the network as it is
 * @property {Float64Array} before output before training
 * @property {number} loss
 * @property {number} alignment
 * @property {number} trial
 * @property {null | "diverged"} stopped
 * @property {object[]} run parts, as in a state
 */

export class Trainer {
  /**
   * @param {() => void} on_change something new can be drawn
   * @param {() => boolean} visible whether anybody can see it
   */
  constructor(on_change, visible) {
    Object.assign(this, { on_change, visible, lanes: {}, ghosts: [], training: new Set(), epoch: 0, looping: false });
    this.name = `${(trainers += 1)}`;
  }

  key = (rule) => `${this.name}:${this.epoch}:${rule}`;

  lane = (rule) => this.lanes[rule];

  /** Begin anew from a state's network; what was there stays as ghosts, unless `forget`. */
  async begin(state, { forget = false } = {}) {
    this.pause();
    const old = Object.values(this.lanes).filter((lane) => lane.losses.length >= 10);
    this.ghosts = forget ? [] : [...this.ghosts, ...old.map(({ rule, losses }) => ({ rule, losses }))].slice(-GHOSTS);
    if (this.epoch) ask("drop", { keys: `${this.name}:${this.epoch}:` });
    this.epoch += 1;
    this.state = state;
    this.lanes = {};
    await this.lane_of(state.rule);
  }

  /** The lane of a rule, begun if need be. */
  async lane_of(rule) {
    const { epoch } = this;
    if (!this.lanes[rule]) {
      const { N, tau, g, seed, T, task, curve } = this.state;
      const begun = await ask("start", {
        key: this.key(rule),
        state: make_state({ rule, N, tau, g, seed, T, task, curve }),
      });
      if (epoch === this.epoch) this.lanes[rule] ??= { rule, run: [], ...begun, losses: [], before: begun.y };
      this.on_change();
    }
    return this.lanes[rule];
  }

  possible = (rule) => rule !== "rtrl" || this.state.N <= LARGEST_RTRL;

  /** Some trials of one rule; resolves to how many were made. */
  async advance(rule, learn, trials, ms) {
    const { epoch } = this;
    const lane = await this.lane_of(rule);
    if (epoch !== this.epoch || !this.possible(rule)) return 0;
    const { losses, ...now } = await ask("advance", { key: this.key(rule), learn, trials, ms });
    if (epoch !== this.epoch) return 0;
    Object.assign(lane, now);
    lane.losses.push(...losses);
    go_on(lane.run, learn, losses.length);
    return losses.length;
  }

  /** Train some rules on, frame by frame, each until it has so many trials. */
  async train(rules, until = LONGEST_RUN, learn_of = () => this.state.learn) {
    for (const rule of rules) this.training.add(rule);
    const { epoch } = this;
    const go = async (rule) => {
      while (this.training.has(rule) && epoch === this.epoch) {
        await frame();
        if (!this.visible()) {
          await new Promise((resolve) => setTimeout(resolve, 200));
          continue;
        }
        const done = this.lanes[rule]?.trial ?? 0;
        // Slow at first, so that one sees it begin.
        const pace = Math.min(until - done, 1 + Math.floor(done / 25), 20);
        const made = pace > 0 ? await this.advance(rule, learn_of(rule), pace, 10) : 0;
        if (!made || this.lanes[rule]?.stopped || this.lanes[rule].trial >= until) this.training.delete(rule);
        this.on_change();
      }
    };
    await Promise.all(rules.map(go));
    this.on_change();
  }

  pause() {
    this.training.clear();
  }

  /** Make a recorded run again. */
  async replay(rule, run, { paced = false, on_part = () => {} } = {}) {
    const { epoch } = this;
    let until = 0;
    for (const part of run) {
      const { n, ...learn } = part;
      until += n;
      on_part(learn);
      if (paced) {
        await this.train([rule], until, () => learn);
        if (epoch === this.epoch && this.lanes[rule].trial < until) return;
        continue;
      }
      while (epoch === this.epoch && this.lanes[rule].trial < until) {
        if (!(await this.advance(rule, learn, until - this.lanes[rule].trial, 60))) return;
      }
      if (epoch !== this.epoch) return;
    }
    this.on_change();
  }

  look(rule, given) {
    return ask("look", { key: this.key(rule), ...given });
  }
}

/** All losses of one recorded run, made as fast as may be. */
export async function losses_of(state, key) {
  const losses = [];
  await ask("start", { key, state: { ...state, run: [] } });
  for (const { n, ...learn } of state.run) {
    let left = n;
    while (left > 0) {
      const some = await ask("advance", { key, learn, trials: left, ms: 60 });
      losses.push(...some.losses);
      left -= some.losses.length;
      if (some.stopped) return losses;
    }
  }
  ask("drop", { keys: key });
  return losses;
}
