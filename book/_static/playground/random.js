/**
 * The random numbers of NumPy's default generator, so that a seed draws the same network here and in Python.
 *
 * `numpy.random.default_rng(seed).spawn(4)[k]`: the seed goes through SeedSequence (M. O'Neill's hash), which seeds
 * PCG64 (128-bit state, XSL-RR output). Normal numbers come from a ziggurat of 256 layers (Marsaglia and Tsang 2000).
 */

const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** A function that scrambles one 32-bit word after another, with a constant that moves on by `factor`. */
function scrambler(constant, factor) {
  return (word) => {
    word ^= constant;
    constant = Math.imul(constant, factor);
    word = Math.imul(word, constant);
    return word ^ (word >>> 16);
  };
}

/** The eight 32-bit words that seed the child number `child` of a seed below 2^32. */
function seed_words(seed, child) {
  const hash = scrambler(0x43b0d7e5, 0x931e8875);
  const pool = [seed, 0, 0, 0].map(hash);
  const mix = (k, word) => {
    const mixed = Math.imul(0xca01f9dd, pool[k]) - Math.imul(0x4973f715, hash(word));
    pool[k] = mixed ^ (mixed >>> 16);
  };
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) mix(to, pool[from]);
  }
  for (let to = 0; to < 4; to++) mix(to, child);
  const out = scrambler(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: 8 }, (_, k) => BigInt(out(pool[k % 4]) >>> 0));
}

/**
 * The stream of 64-bit numbers of a child of a seed.
 *
 * @param {number} seed an integer from 0 to 2^32 - 1
 * @param {number} child 0 for the first that `spawn` gives
 * @returns {{uniform: () => number, normal: () => number}} numbers from U[0, 1) and from N(0, 1)
 */
export function random_stream(seed, child) {
  const w = seed_words(seed, child);
  const wide = (k) => (((w[k + 1] << 32n) | w[k]) << 64n) | (w[k + 3] << 32n) | w[k + 2];
  const increment = ((wide(4) << 1n) | 1n) & MASK_128;
  let state = (increment + wide(0)) & MASK_128;
  const step = () => (state = (state * MULTIPLIER + increment) & MASK_128);
  step();

  function bits() {
    step();
    const folded = ((state >> 64n) ^ state) & MASK_64;
    const turn = state >> 122n;
    return ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
  }

  const uniform = () => Number(bits() >> 11n) / 2 ** 53;

  function normal() {
    for (;;) {
      const word = bits();
      const layer = Number(word & 0xffn);
      const size = Number((word >> 9n) & 0xfffffffffffffn);
      const sign = word & 0x100n ? -1 : 1;
      const x = sign * size * WIDTH[layer];
      if (size < INSIDE[layer]) return x;
      if (layer === 0) {
        for (;;) {
          const over = -Math.log1p(-uniform()) / EDGE;
          const rest = -Math.log1p(-uniform());
          if (2 * rest > over * over) return ((word >> 17n) & 1n ? -1 : 1) * (EDGE + over);
        }
      }
      if ((HEIGHT[layer - 1] - HEIGHT[layer]) * uniform() + HEIGHT[layer] < Math.exp((-x * x) / 2)) return x;
    }
  }
  return { uniform, normal };
}

// The ziggurat: layers of equal area under exp(-x^2 / 2), the lowest with the tail beyond EDGE.
const EDGE = 3.6541528853610088;
const AREA = 0.0049286732339746549;
const WIDTH = new Float64Array(256);
const INSIDE = new Float64Array(256);
const HEIGHT = new Float64Array(256);
{
  const height = (x) => Math.exp((-x * x) / 2);
  let x = EDGE;
  WIDTH[0] = AREA / height(EDGE) / 2 ** 52;
  INSIDE[0] = Math.floor(((EDGE * height(EDGE)) / AREA) * 2 ** 52);
  WIDTH[255] = EDGE / 2 ** 52;
  HEIGHT[0] = 1;
  HEIGHT[255] = height(EDGE);
  for (let k = 254; k > 0; k--) {
    const next = Math.sqrt(-2 * Math.log(AREA / x + height(x)));
    INSIDE[k + 1] = Math.floor((next / x) * 2 ** 52);
    x = next;
    WIDTH[k] = x / 2 ** 52;
    HEIGHT[k] = height(x);
  }
}
