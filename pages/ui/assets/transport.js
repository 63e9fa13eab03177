// How far apart two distributions on a line are: aecore.explore.transport in the browser, by the
// same names. A distribution is the logarithm of the probability of each place, −Infinity where
// there is none.

const logAdd = (a, b) => {
  const most = Math.max(a, b);
  return most === -Infinity ? most : most + Math.log1p(Math.exp(Math.min(a, b) - most));
};
const bump = (x, middle, sigma) => -0.5 * ((x - middle) / sigma) ** 2;

// (place relative to the middle, width, step between places) → logarithm, up to a constant.
const SHAPES = {
  point: (x, width, step) => (Math.abs(x) < step / 2 ? 0 : -Infinity),
  segment: (x, width, step) => Math.log(clamp((width - Math.abs(x)) / step + 0.5, 0, 1)),
  gaussian: (x, width) => bump(x, 0, 0.6 * width),
  bumps: (x, width) =>
    logAdd(bump(x, -1.25 * width, 0.4 * width), bump(x, 1.25 * width, 0.4 * width)),
};

const placesOf = ({ reach, step }) => {
  const half = Math.round(reach / step);
  return Float64Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * step);
};

function shaped(line, shape, middle, width) {
  const logs = placesOf(line).map((x) => SHAPES[shape](x - middle, width, line.step));
  const total = logs.reduce(logAdd, -Infinity);
  return logs.map((v) => v - total);
}

// levels: of the places around the middle; null where all of them are empty.
function drawnShape(line, levels, middle) {
  const total = levels.reduce((sum, v) => sum + v, 0);
  if (!total) return null;
  const logs = placesOf(line).fill(-Infinity), half = (levels.length - 1) / 2;
  const start = (logs.length - 1) / 2 + Math.round(middle / line.step) - half;
  levels.forEach((v, k) => { logs[start + k] = Math.log(v / total); });
  return logs;
}

const masses = (logs) => logs.map(Math.exp);

function kl(logP, logQ) {
  let sum = 0;
  logP.forEach((v, i) => {
    const p = Math.exp(v);
    if (p > 0) sum += p * (v - logQ[i]);
  });
  return sum;
}

function jensenShannon(logP, logQ) {
  const logM = logP.map((v, i) => logAdd(v, logQ[i]) - Math.LN2);
  return (kl(logP, logM) + kl(logQ, logM)) / 2;
}

function cumulative(logs) {
  let sum = 0;
  return logs.map((v) => (sum += Math.exp(v)));
}

function cdfDifference(logP, logQ) {
  let sum = 0;
  return logP.map((v, i) => (sum += Math.exp(v) - Math.exp(logQ[i])));
}

function measure(logP, logQ, step) {
  return {
    w1: step * cdfDifference(logP, logQ).reduce((sum, d) => sum + Math.abs(d), 0),
    js: jensenShannon(logP, logQ),
    tv: logP.reduce((sum, v, i) => sum + Math.abs(Math.exp(v) - Math.exp(logQ[i])), 0) / 2,
    kl: kl(logP, logQ),
    reverse: kl(logQ, logP),
  };
}

function slopes(values, step) {
  return values.slice(2).map((after, i) => {
    const slope = (after - values[i]) / (2 * step);
    return Number.isFinite(slope) ? slope : NaN;
  });
}

// The cheapest plan, as [to, from, mass] of each heap that is moved.
function planOf(logP, logQ) {
  const p = masses(logP), q = masses(logQ), moved = [];
  let i = 0, j = 0;
  while (i < p.length && j < q.length) {
    const mass = Math.min(p[i], q[j]);
    if (mass > 0) moved.push([i, j, mass]);
    p[i] -= mass;
    q[j] -= mass;
    if (p[i] <= q[j]) i++;
    else j++;
  }
  return moved;
}

function potential(logP, logQ, step) {
  const slope = cdfDifference(logP, logQ).slice(0, -1)
    .map((d) => (Math.abs(d) > 1e-12 ? -Math.sign(d) : 0));
  let kept = slope.find((s) => s !== 0) ?? 0, sum = 0;
  const f = [0];
  for (const s of slope) {
    if (s !== 0) kept = s;
    f.push((sum += kept * step));
  }
  const middle = f[(f.length - 1) / 2];
  return f.map((v) => v - middle);
}

const discriminator = (logP, logQ) => logP.map((v, i) => Math.exp(v - logAdd(v, logQ[i])));
