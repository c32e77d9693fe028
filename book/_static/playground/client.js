/** The page's end of the workers, which serve all playgrounds of a page. */

let last = 0;
const waiting = new Map();
const workers = new Map();

function open() {
  const worker = new Worker(globalThis.PLAYGROUND.worker);
  worker.onmessage = ({ data: { id, answer, error } }) => {
    if (!waiting.has(id)) return;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message ?? "the worker did not start"));
    waiting.clear();
  };
  return worker;
}

/**
 * Ask one of the HANDLERS of `runs.js`.
 *
 * @param {"start" | "advance" | "look" | "drop"} method
 * @param {object} given with the key of a run; RTRL is slow and has a worker of its own
 * @returns {Promise<any>}
 */
export function ask(method, given) {
  if (method === "drop") {
    for (const worker of workers.values()) worker.postMessage({ method, given });
    return Promise.resolve();
  }
  const which = given.key.endsWith("rtrl") ? "slow" : "quick";
  if (!workers.has(which)) workers.set(which, open());
  last += 1;
  return new Promise((resolve, reject) => {
    waiting.set(last, { resolve, reject });
    workers.get(which).postMessage({ id: last, method, given });
  });
}
