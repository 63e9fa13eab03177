// A plane of codes on a canvas: where it is looked at, and the codes as coloured points.

// "#3f90da" → [63, 144, 218].
const rgbOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

// The window that a square canvas shows: its centre and how far it reaches to each side.
function planeView(home) {
  const view = { ...home };
  return Object.assign(view, {
    reset(to = home) { Object.assign(view, { x: to.x, y: to.y, reach: to.reach }); },
    // Shares of the square's sides, from the left and from the top, to the plane and back.
    toPlane: (u, v) => [view.x + (2 * u - 1) * view.reach, view.y + (1 - 2 * v) * view.reach],
    toSquare: (x, y) =>
      [0.5 + (x - view.x) / view.reach / 2, 0.5 - (y - view.y) / view.reach / 2],
    pan(du, dv) {
      view.x -= 2 * du * view.reach;
      view.y += 2 * dv * view.reach;
    },
    zoom(factor, u = 0.5, v = 0.5) {
      const [x, y] = view.toPlane(u, v);
      const reach = Math.max(1e-4, Math.min(1e5, view.reach * factor));
      view.x = x + (view.x - x) * (reach / view.reach);
      view.y = y + (view.y - y) * (reach / view.reach);
      view.reach = reach;
    },
  });
}

// Draw points into a canvas, straight into its pixels: ten thousand take about a millisecond.
//   points: (n, 2) flat, in the plane; labels: their classes; colours: of the classes, as rgbOf
//   gives them; shown: which classes are, all of them unless told.
function drawPoints(canvas, view, points, labels, colours, { radius = 2, shown = null } = {}) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const data = image.data;
  const stamp = discStamp(radius);
  const sx = width / 2 / view.reach, sy = height / 2 / view.reach;
  const reach = Math.ceil(radius + 1);
  for (let i = 0; i < labels.length; i++) {
    if (shown && !shown.has(labels[i])) continue;
    const x = Math.round(width / 2 + (points[2 * i] - view.x) * sx);
    const y = Math.round(height / 2 - (points[2 * i + 1] - view.y) * sy);
    // Also false for what is not a number.
    if (!(x >= reach && y >= reach && x < width - reach && y < height - reach)) continue;
    const [red, green, blue] = colours[labels[i] % colours.length];
    for (const [dx, dy, cover] of stamp) {
      const at = 4 * ((y + dy) * width + x + dx);
      const opacity = cover * 255;
      if (data[at + 3] > opacity) continue;
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
      data[at + 3] = opacity;
    }
  }
  context.putImageData(image, 0, 0);
}

// The pixels of a disc around its middle, each with how much of it is covered.
function discStamp(radius) {
  const stamp = [], reach = Math.ceil(radius);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0) stamp.push([dx, dy, cover]);
    }
  }
  return stamp;
}

// The point nearest to (x, y) among those shown: its index, or -1 if none is within ``within``.
function nearestPoint(points, labels, x, y, within, shown = null) {
  let best = -1, least = within * within;
  for (let i = 0; i < labels.length; i++) {
    if (shown && !shown.has(labels[i])) continue;
    const dx = points[2 * i] - x, dy = points[2 * i + 1] - y, square = dx * dx + dy * dy;
    if (square < least) {
      least = square;
      best = i;
    }
  }
  return best;
}

// As many pixels as the screen has under the element, and as sharp.
function fitToScreen(canvas, box) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const width = Math.max(1, Math.round(box.width * ratio));
  const height = Math.max(1, Math.round(box.height * ratio));
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}
