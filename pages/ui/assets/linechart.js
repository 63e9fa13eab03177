// Curves on a canvas, and the run that they are of: what the live monitors share.

// Round numbers from low to high: 1, 2, 5, 10, … on a logarithmic axis of more than a decade.
function niceTicks(low, high, log) {
  if (log && high / low > 10) {
    const ticks = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++) {
      ticks.push(...[1, 2, 5].map((m) => m * 10 ** e));
    }
    const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
    return inside.length > 5 ? inside.filter((_, i) => i % 2 === 0) : inside;
  }
  const raw = (high - low) / 4 || 1, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= raw);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1e6; tick += step) ticks.push(tick);
  return ticks;
}

// Fit a canvas to its box on the page at full resolution; returns its context in CSS pixels.
function sharp(canvas) {
  const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  const width = Math.round(box.width * ratio), height = Math.round(box.height * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, box.width, box.height);
  return [context, box.width, box.height];
}

// series: [{ rows: [[x, y], ...], colour, dots }]; log: a logarithmic axis if all is positive;
// last: where the x-axis ends; unit: its word; mark: an x to be marked, or null; level: a height
// that matters, or null.
function lineChart(canvas, host, { series, log, last, unit, write, lang, mark = null, level = null }) {
  const [context, width, height] = sharp(canvas);
  const style = getComputedStyle(host);
  const left = 44, right = 8, top = 6, bottom = 20;
  const values = series.flatMap(({ rows }) => rows.map((row) => row[1])).filter(Number.isFinite);
  if (!values.length) return;
  if (level !== null) values.push(level);
  let low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
  log = log && low > 0;
  if (!log) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (high - low < 1e-9) high = low + 1;
  const scale = log ? Math.log : (v) => v;
  const x = (at) => left + ((width - left - right) * at) / last;
  const y = (v) => top + (height - top - bottom) * (1 - (scale(v) - scale(low)) / (scale(high) - scale(low)));
  context.font = `11px ${style.fontFamily}`;
  context.fillStyle = context.strokeStyle = style.color;
  context.textAlign = "right";
  context.textBaseline = "middle";
  const across = (v) => {
    context.beginPath();
    context.moveTo(left, y(v));
    context.lineTo(width - right, y(v));
    context.stroke();
  };
  for (const tick of niceTicks(low, high, log)) {
    context.globalAlpha = 0.65;
    context.fillText(write(tick), left - 6, y(tick));
    context.globalAlpha = 0.12;
    across(tick);
  }
  if (level !== null) {
    context.globalAlpha = 0.5;
    context.setLineDash([4, 3]);
    across(level);
    context.setLineDash([]);
  }
  context.globalAlpha = 0.65;
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText("0", left, height - 5);
  context.textAlign = "right";
  context.fillText(`${last.toLocaleString(lang)} ${unit}`, width - right, height - 5);
  context.globalAlpha = 1;
  for (const { rows, colour, dots } of series) {
    const points = rows.filter((row) => Number.isFinite(row[1]));
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = dots ? 2 : 1.5;
    context.beginPath();
    points.forEach((row) => context.lineTo(x(row[0]), y(row[1])));
    context.stroke();
    if (!dots) continue;
    points.forEach((row) => {
      context.beginPath();
      context.arc(x(row[0]), y(row[1]), 2.4, 0, 7);
      context.fill();
    });
  }
  if (mark === null) return;
  context.globalAlpha = 0.5;
  context.fillStyle = style.color;
  context.fillRect(x(mark), top, 1, height - top - bottom);
  context.globalAlpha = 1;
}

// A panel with a title above a canvas or another node.
function titledPanel(title, node) {
  const box = element("figure", "panel"), caption = element("figcaption", "title");
  caption.textContent = title;
  box.append(caption, node);
  box.caption = caption;
  return box;
}
