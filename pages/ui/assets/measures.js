// Slant, thickness and size of a digit, as aecore/explore/attributes.py defines them.

// pixels: 784 in [0, 1], clipped if they leave it. Returns [degrees, pixels, pixels].
function measureDigit(pixels) {
  const ink = Float64Array.from(pixels, (v) => clamp(v, 0, 1));
  const at = (row, column) =>
    (row < 0 || column < 0 || row >= SIDE || column >= SIDE ? 0 : ink[row * SIDE + column]);
  let mass = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0, variation = 0;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const v = at(row, column);
      mass += v;
      x += v * column;
      y += v * row;
      xx += v * column * column;
      yy += v * row * row;
      xy += v * row * column;
    }
  }
  if (mass < 1e-12) return [0, 0, 0];
  [x, y, xx, yy, xy] = [x, y, xx, yy, xy].map((sum) => sum / mass);
  [xx, yy, xy] = [xx - x * x, yy - y * y, xy - x * y];
  // The gradient in the middle of each square of four pixels.
  for (let row = -1; row < SIDE; row++) {
    for (let column = -1; column < SIDE; column++) {
      const a = at(row, column), b = at(row, column + 1);
      const c = at(row + 1, column), d = at(row + 1, column + 1);
      variation += Math.hypot((b - a + d - c) / 2, (c - a + d - b) / 2);
    }
  }
  const half = variation / 2;
  return [
    yy > 1e-9 ? (Math.atan2(-xy, yy) * 180) / Math.PI : 0,
    (half - Math.sqrt(Math.max(0, half * half - 4 * mass))) / 2,
    Math.sqrt(xx + yy),
  ];
}
