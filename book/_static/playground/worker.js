/** A question comes in, and its answer goes out. */

import { HANDLERS } from "./runs.js";

self.onmessage = ({ data: { id, method, given } }) => {
  try {
    self.postMessage({ id, answer: HANDLERS[method](given) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};
