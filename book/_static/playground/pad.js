/** The drawing pad: a target is drawn with mouse, finger or keys. */

import { POINTS, SCALE, HIGHEST } from "./state.js";
import { TIME } from "./draw.js";
import { el, name_of, picture } from "./ui.js";

const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

/**
 * @param {object} on
 * @param {() => Int8Array} on.current the points of the target as it is
 * @param {(curve: Int8Array, over: boolean) => void} on.draw while drawing, and with `over` at the end of it
 * @param {() => void} on.move the pen of the keyboard moved
 * @param {(text: string) => void} on.say for those who listen
 */
export function drawing_pad(on) {
  const { canvas, twin, tell } = picture("pg-task", "The target, and what the network makes of it");
  const help = el(
    "p.pg-hidden",
    { id: name_of("help") },
    "Left and right arrows move a pen in time, up and down arrows in height. Space puts the pen down or lifts it. With the pen down, moving draws the target. Hold shift for larger steps.",
  );
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Draw the target");
  canvas.setAttribute("aria-describedby", `${help.id} ${twin.id}`);
  const pad = { node: el("div.pg-pad", {}, canvas, twin, help), canvas, tell, pen: null, drawing: false };
  let curve = null;
  let last = null;

  const point_at = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - TIME.left) / (box.width - TIME.left - TIME.right);
    const [top, bottom] = [10, box.height - 24];
    const height = ((top + bottom) / 2 - (event.clientY - box.top)) / ((bottom - top) / 2);
    return [
      clamp(Math.round(share * POINTS - 0.5), 0, POINTS - 1),
      Math.round(SCALE * clamp(height * 1.62, -HIGHEST, HIGHEST)),
    ];
  };

  /** Draw straight from the last point to this one. */
  const to = ([k, v]) => {
    const [k0, v0] = last ?? [k, v];
    const n = Math.abs(k - k0);
    for (let m = 0; m <= n; m++) curve[k0 + Math.sign(k - k0) * m] = Math.round(n ? v0 + ((v - v0) * m) / n : v);
    last = [k, v];
    on.draw(curve, false);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    Object.assign(pad, { drawing: true, pen: null });
    curve = on.current().slice();
    last = null;
    to(point_at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!pad.drawing) return;
    for (const one of event.getCoalescedEvents?.() ?? []) to(point_at(one));
    to(point_at(event));
  });
  const lift = () => {
    if (!pad.drawing) return;
    pad.drawing = false;
    on.draw(curve, true);
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (!(move || event.key === " ") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    pad.pen ??= { k: 0, v: on.current()[0], down: false };
    const { pen } = pad;
    if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) {
        curve = on.current().slice();
        last = null;
        to([pen.k, pen.v]);
      } else on.draw(curve, true);
      on.say(pen.down ? "Pen down." : "Pen lifted: the target is drawn.");
    } else {
      const stride = event.shiftKey ? 10 : 1;
      pen.k = clamp(pen.k + move[0] * stride, 0, POINTS - 1);
      pen.v = clamp(pen.v + move[1] * stride * 4, -127, 127);
      if (!pen.down && move[0]) pen.v = on.current()[pen.k];
      if (pen.down) to([pen.k, pen.v]);
      on.say(`Pen at ${pen.k} % of the time, height ${(pen.v / SCALE).toFixed(2)}.`);
    }
    on.move();
  });
  canvas.addEventListener("blur", () => {
    if (pad.pen?.down) on.draw(curve, true);
    pad.pen = null;
    on.move();
  });
  /** The pen as `draw_task` wants it. */
  pad.shown_pen = (T) =>
    pad.pen && { t: (pad.pen.k * (T - 1)) / (POINTS - 1), v: pad.pen.v / SCALE, down: pad.pen.down };
  return pad;
}
