/** One row each for the chapters, and the landing page's. */

export const EMBEDS = {};
