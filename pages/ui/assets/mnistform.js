// A drawing in the form of MNIST as aecore.mnist_form makes it, so that a picture follows the pen
// while the server has yet to hear of it.

const FORM_BOX = 20;
// The sixteen greys in which a drawing stands in the link.
const FORM_GREY = 17;

// greys: Uint8Array of side x side, 255 for full ink. Returns a Uint8Array of 28x28; all zeros
// where there is no ink.
function mnistForm(greys, side) {
  const field = new Uint8Array(SIDE * SIDE);
  let top = side, bottom = -1, left = side, right = -1, most = 0;
  greys.forEach((v, i) => {
    if (!v) return;
    const row = Math.floor(i / side), column = i % side;
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
    left = Math.min(left, column);
    right = Math.max(right, column);
    most = Math.max(most, v);
  });
  if (bottom < 0) return field;
  const size = [bottom - top + 1, right - left + 1];
  const scale = FORM_BOX / Math.max(...size);
  const [height, width] = size.map((n) => Math.max(1, halfEven(n * scale)));
  const across = bicubic(size[1], width), down = bicubic(size[0], height);
  const rows = Array.from({ length: size[0] }, (_, r) => across.map(({ from, weights }) =>
    weights.reduce((sum, w, k) => sum + w * greys[(top + r) * side + left + from + k], 0)));
  const box = down.map(({ from, weights }) => Array.from({ length: width }, (_, c) =>
    clamp(weights.reduce((sum, w, k) => sum + w * rows[from + k][c], 0) / most, 0, 1)));

  let mass = 0, y = 0, x = 0;
  box.forEach((row, r) => row.forEach((v, c) => {
    mass += v;
    y += v * r;
    x += v * c;
  }));
  const middle = (SIDE - 1) / 2;
  const place = (at, n) => clamp(halfEven(middle - at / mass), 0, SIDE - n);
  const firstRow = place(y, height), firstColumn = place(x, width);
  box.forEach((row, r) => row.forEach((v, c) => {
    const grey = halfEven(halfEven(v * 255) / FORM_GREY) * FORM_GREY;
    field[(firstRow + r) * SIDE + firstColumn + c] = grey;
  }));
  return field;
}

// To the nearest whole number, and from the middle to the even one, as Python and NumPy round.
function halfEven(v) {
  const low = Math.floor(v);
  return v - low === 0.5 ? low + (low % 2) : Math.round(v);
}

// For each of ``to`` values the weights of those of ``from`` that make it: Keys' cubic with
// a = −1/2, widened where the picture shrinks, as Pillow resamples.
function bicubic(from, to) {
  const cubic = (t) => {
    const a = Math.abs(t);
    if (a < 1) return (1.5 * a - 2.5) * a * a + 1;
    return a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
  };
  const scale = from / to, wide = Math.max(scale, 1), reach = 2 * wide;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const last = Math.min(from, Math.trunc(centre + reach + 0.5));
    const weights = Array.from({ length: last - first }, (_, k) =>
      cubic((first + k - centre + 0.5) / wide));
    const sum = weights.reduce((a, b) => a + b);
    return { from: first, weights: weights.map((w) => w / sum) };
  });
}
