/** Eigenvalues of a real matrix, for the cloud in the chapter on the network. */

/** Reduce to Hessenberg form by Householder reflections, in place. */
function hessenberg(A, n) {
  const v = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    let size = 0;
    for (let i = k + 1; i < n; i++) size += (v[i] = A[i * n + k]) ** 2;
    size = Math.sqrt(size);
    if (size === 0) continue;
    v[k + 1] += v[k + 1] < 0 ? -size : size;
    let square = 0;
    for (let i = k + 1; i < n; i++) square += v[i] * v[i];
    for (let j = 0; j < n; j++) {
      let dot = 0;
      for (let i = k + 1; i < n; i++) dot += v[i] * A[i * n + j];
      for (let i = k + 1; i < n; i++) A[i * n + j] -= ((2 * dot) / square) * v[i];
    }
    for (let i = 0; i < n; i++) {
      let dot = 0;
      for (let j = k + 1; j < n; j++) dot += A[i * n + j] * v[j];
      for (let j = k + 1; j < n; j++) A[i * n + j] -= ((2 * dot) / square) * v[j];
    }
  }
}

const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
const conjugate = ([a, b]) => [a, -b];
const plus = (x, y, by = 1) => [x[0] + by * y[0], x[1] + by * y[1]];

function root_of([a, b]) {
  const r = Math.hypot(a, b);
  const re = Math.sqrt((r + Math.abs(a)) / 2);
  if (re === 0) return [0, 0];
  const im = Math.abs(b) / (2 * re);
  return a >= 0 ? [re, b < 0 ? -im : im] : [im, b < 0 ? -re : re];
}

/**
 * By QR steps with Wilkinson's shift, in complex numbers.
 *
 * @param {Float64Array} W (n, n)
 * @param {number} n
 * @returns {[number, number][]} real and imaginary parts
 */
export function eigenvalues(W, n) {
  const A = W.slice();
  hessenberg(A, n);
  const H = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => [j < i - 1 ? 0 : A[i * n + j], 0]));
  const found = [];
  let high = n - 1;
  for (let turn = 0; high >= 0 && turn < 100 * n; turn++) {
    let low = high;
    const size = (i, j) => Math.hypot(...H[i][j]);
    while (low > 0 && size(low, low - 1) > 1e-15 * (size(low, low) + size(low - 1, low - 1))) low -= 1;
    if (low === high) {
      found.push(H[high][high]);
      high -= 1;
      continue;
    }
    const [a, b, c, d] = [H[high - 1][high - 1], H[high - 1][high], H[high][high - 1], H[high][high]];
    const half = plus(a, d, -1).map((v) => v / 2);
    const root = root_of(plus(times(half, half), times(b, c)));
    const near = half[0] * root[0] + half[1] * root[1] > 0 ? -1 : 1;
    let shift = plus(plus(d, half), root, near);
    if (turn % 11 === 10) shift = [size(high, high - 1), 0]; // an odd one, should the steps go in circles
    for (let k = low; k <= high; k++) H[k][k] = plus(H[k][k], shift, -1);
    const turns = [];
    for (let k = low; k < high; k++) {
      const r = Math.hypot(...H[k][k], ...H[k + 1][k]) || 1;
      const cos = H[k][k].map((v) => v / r);
      const sin = H[k + 1][k].map((v) => v / r);
      turns.push([cos, sin]);
      for (let j = k; j <= high; j++) {
        const [x, y] = [H[k][j], H[k + 1][j]];
        H[k][j] = plus(times(conjugate(cos), x), times(conjugate(sin), y));
        H[k + 1][j] = plus(times(cos, y), times(sin, x), -1);
      }
    }
    turns.forEach(([cos, sin], m) => {
      const k = low + m;
      for (let i = low; i <= Math.min(high, k + 2); i++) {
        const [x, y] = [H[i][k], H[i][k + 1]];
        H[i][k] = plus(times(x, cos), times(y, sin));
        H[i][k + 1] = plus(times(y, conjugate(cos)), times(x, conjugate(sin)), -1);
      }
    });
    for (let k = low; k <= high; k++) H[k][k] = plus(H[k][k], shift);
  }
  return found;
}
