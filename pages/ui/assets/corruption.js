// Corruptions and measures of pictures as aecore.corruption and aecore.metrics define them.
// Pictures are Float32Arrays of 784 values in [0, 1].

// What is drawn at random, once for a seed, so that a slider of the level changes nothing else:
// hits and values uniform in [0, 1), normal values, and a place for the block.
function noiseDraws(seed) {
  const random = seeded(seed);
  const many = (draw) => Float32Array.from({ length: 784 }, draw);
  return {
    hit: many(random), value: many(random), normal: many(() => normal(random)),
    corner: [random(), random()],
  };
}

const CORRUPTIONS = {
  none: (x) => x,
  random: (x, p, { hit, value }) => x.map((v, i) => (hit[i] < p ? value[i] : v)),
  gaussian: (x, sigma, draws) => x.map((v, i) => v + sigma * draws.normal[i]),
  masking: (x, p, { hit }) => x.map((v, i) => (hit[i] < p ? 0 : v)),
  "salt-pepper": (x, p, { hit }) =>
    x.map((v, i) => (hit[i] < p / 2 ? 1 : hit[i] < p ? 0 : v)),
  block(x, p, { corner }) {
    const side = Math.min(SIDE, Math.round(Math.sqrt(p * 784)));
    const [top, left] = corner.map((u) => Math.floor(u * (SIDE - side + 1)));
    return x.map((v, i) => {
      const row = Math.floor(i / SIDE) - top, column = (i % SIDE) - left;
      return row >= 0 && row < side && column >= 0 && column < side ? 0 : v;
    });
  },
  blur(x, sigma) {
    const reach = Math.ceil(3 * sigma);
    const kernel = Array.from({ length: 2 * reach + 1 }, (_, k) =>
      Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
    const sum = kernel.reduce((a, b) => a + b);
    return separable(x, kernel.map((k) => k / sum), SIDE);
  },
  "low-resolution"(x, side) {
    const n = Math.max(1, Math.round(SIDE / Math.max(side, 1)));
    const from = (i) => Math.floor((i * SIDE) / n), to = (i) => Math.ceil(((i + 1) * SIDE) / n);
    const means = Array.from({ length: n * n }, (_, k) => {
      const r = Math.floor(k / n), c = k % n;
      let sum = 0;
      for (let y = from(r); y < to(r); y++) {
        for (let z = from(c); z < to(c); z++) sum += x[y * SIDE + z];
      }
      return sum / ((to(r) - from(r)) * (to(c) - from(c)));
    });
    const coarse = (i) => Math.min(n - 1, Math.floor(((i + 0.5) * n) / SIDE));
    return x.map((_, i) => means[coarse(Math.floor(i / SIDE)) * n + coarse(i % SIDE)]);
  },
};

// A filter of rows and then of columns, black around; x: (side, side) flat.
function separable(x, kernel, side) {
  const reach = (kernel.length - 1) / 2;
  const pass = (from, step) => from.map((_, i) => {
    const at = Math.floor(i / step) % side;
    let sum = 0;
    for (let k = -reach; k <= reach; k++) {
      if (at + k >= 0 && at + k < side) sum += kernel[k + reach] * from[i + k * step];
    }
    return sum;
  });
  return pass(pass(x, 1), side);
}

function meanSquare(x, y) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
  return sum / x.length;
}

// In dB, at most 100.
const psnrOf = (x, y) => -10 * Math.log10(Math.max(1e-10, meanSquare(x, y)));

// Wang et al. (2004), the window of 11x11 where it lies inside.
function ssimOf(x, y) {
  const raw = Array.from({ length: 11 }, (_, k) => Math.exp(-0.5 * ((k - 5) / 1.5) ** 2));
  const sum = raw.reduce((a, b) => a + b), kernel = raw.map((k) => k / sum);
  const mean = (f) => separable(Float64Array.from({ length: 784 }, (_, i) => f(i)), kernel, SIDE);
  const mx = mean((i) => x[i]), my = mean((i) => y[i]);
  const xx = mean((i) => x[i] * x[i]), yy = mean((i) => y[i] * y[i]), xy = mean((i) => x[i] * y[i]);
  const c1 = 0.01 ** 2, c2 = 0.03 ** 2;
  let total = 0;
  for (let r = 5; r < SIDE - 5; r++) {
    for (let c = 5; c < SIDE - 5; c++) {
      const i = r * SIDE + c, a = mx[i], b = my[i];
      total += ((2 * a * b + c1) * (2 * (xy[i] - a * b) + c2)) /
        ((a * a + b * b + c1) * (xx[i] - a * a + yy[i] - b * b + c2));
    }
  }
  return total / (SIDE - 10) ** 2;
}
