// The walks between two codes or two pictures, as aecore/explore/walk.py defines them.

const PARALLEL = 1e-6;

const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);
const normOf = (u) => Math.sqrt(dot(u, u));

function straightPath(a, b) {
  return (t) => Float32Array.from(a, (value, i) => (1 - t) * value + t * b[i]);
}

// a, b: d numbers each. Returns the code at t, from 0 to 1.
function sphericalPath(a, b) {
  const [from, to] = [a, b].map((code) => Float64Array.from(code));
  const lengths = [from, to].map(normOf);
  if (lengths[0] === 0 || lengths[1] === 0) return straightPath(a, b);
  const u = from.map((value) => value / lengths[0]), v = to.map((value) => value / lengths[1]);
  const cosine = dot(u, v);
  let across = v.map((value, i) => value - cosine * u[i]);
  let angle = Math.atan2(normOf(across), cosine);
  if (normOf(across) < PARALLEL) {
    if (cosine > 0 || u.length === 1) return straightPath(a, b);
    const k = u.reduce((best, value, i) => (Math.abs(value) < Math.abs(u[best]) ? i : best), 0);
    across = u.map((value, i) => (i === k ? 1 : 0) - u[k] * value);
    angle = Math.PI;
  }
  const length = normOf(across), w = across.map((value) => value / length);
  return (t) => {
    const norm = (1 - t) * lengths[0] + t * lengths[1];
    const c = norm * Math.cos(t * angle), s = norm * Math.sin(t * angle);
    return Float32Array.from(u, (value, i) => c * value + s * w[i]);
  };
}

// The mean grey of the ink of pixels in [0, 1], 0 without ink.
function inkFullness(pixels) {
  let sum = 0, squares = 0;
  for (const pixel of pixels) {
    const ink = Math.max(0, Math.min(1, pixel));
    sum += ink;
    squares += ink * ink;
  }
  return squares / Math.max(sum, 1e-12);
}
