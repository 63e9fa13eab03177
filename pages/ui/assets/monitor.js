// The live monitor of a training run: progress, curves, latent space, ten digits, time scrubber.
// It polls a route of the app and draws; nothing of the page reruns while a run is live, but
// once each time that the run's status changes.

const POLL = { queued: 700, running: 350, paused: 1500 };
const LIVE = new Set(Object.keys(POLL));
// Terms whose curves start from zero: they come near it, or are no loss.
const LINEAR = new Set(["kl", "charged-kl", "perplexity", "dead"]);

// The rows and columns of a code's picture: 36 → 6x6, 32 → 8x4, and nearly square otherwise.
function codeShape(d) {
  let columns = Math.floor(Math.sqrt(d));
  while (d % columns) columns--;
  if (columns < Math.sqrt(d) / 2) columns = Math.ceil(Math.sqrt(d));
  return [Math.ceil(d / columns), columns];
}

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

function buildMonitor(root) {
  const host = root.querySelector(".monitor-host");
  const { head, bar, state, figures, advance } = progressHead();
  const key = element("span", "key");
  head.append(key);
  const messages = element("div", "messages");
  const charts = element("div", "charts"), views = element("div", "views");
  const panel = (title, node) => {
    const box = element("figure", "panel");
    const caption = element("figcaption", "title");
    box.append(caption, node);
    box.caption = caption;
    return box;
  };
  const scatter = document.createElement("canvas");
  scatter.className = "square";
  const manifold = crispCanvas(15 * SIDE, 15 * SIDE, "square manifold");
  const scatterPanel = panel("", scatter), manifoldPanel = panel("", manifold);
  views.append(scatterPanel, manifoldPanel);
  const digits = element("div", "digits");
  const scrub = element("div", "scrub"), play = element("button", "play", "▶");
  const time = document.createElement("input"), when = element("span", "when");
  Object.assign(time, { type: "range", min: 0, max: 0, value: 0, className: "time" });
  scrub.append(play, time, when);
  const angles = element("div", "angles");
  host.replaceChildren(head, bar, messages, charts, views, digits, scrub, angles);

  let options, labels, set, timer = 0, player = 0, generation = 0, watch = 0, colour = "";
  let run = null;

  const fresh = (id) => ({
    id, train: [], test: [], terms: [], snapshots: [], status: null, follow: true, fetching: false,
    charts: [],
  });
  const write = (value, digits = 2) =>
    value.toLocaleString(options.lang, { maximumSignificantDigits: Math.max(digits, 3) });

  async function poll() {
    clearTimeout(timer);
    const mine = generation, query = new URLSearchParams({
      train: run.train.length, test: run.test.length, lang: options.lang,
    });
    let answer = null;
    try {
      const response = await fetch(labAddress(options.base, `runs/${run.id}?${query}`));
      answer = await response.json();
    } catch {
      // The connection is lost for a moment: the run goes on, ask again.
    }
    if (mine !== generation) return;
    if (answer) take(answer);
    const wait = answer ? POLL[answer.status] : 2000;
    if (wait) timer = setTimeout(poll, document.hidden ? 4 * wait : wait);
  }

  function take(answer) {
    if (answer.status === "gone") {
      state.textContent = labels.gone;
      return;
    }
    run.train.push(...answer.train);
    run.test.push(...answer.test);
    run.terms = answer.terms;
    const changed = run.status !== null && run.status !== answer.status;
    run.status = answer.status;
    run.answer = answer;
    showHead();
    if (answer.train.length || answer.test.length) drawCharts();
    fetchSnapshots(answer.snapshots);
    if (changed) set("status", answer.status);
  }

  async function fetchSnapshots(count) {
    if (run.fetching) return;
    run.fetching = true;
    const mine = generation, target = run;
    try {
      while (target.snapshots.length < count && mine === generation) {
        const path = `runs/${target.id}/snapshots/${target.snapshots.length}`;
        const response = await fetch(labAddress(options.base, path));
        if (!response.ok) break;
        const { metadata, arrays } = readSafetensors(new Uint8Array(await response.arrayBuffer()));
        target.snapshots.push({ epoch: Number(metadata.epoch), ...arrays });
        if (mine !== generation) return;
        time.max = target.snapshots.length - 1;
        if (target.follow) {
          time.value = time.max;
          showSnapshot();
        }
      }
    } finally {
      target.fetching = false;
    }
  }

  function showHead() {
    const a = run.answer;
    state.textContent = labels.status[a.status] + (a.waiting > 0 ? ` (${a.waiting})` : "");
    state.dataset.status = a.status;
    advance(a.epochs ? a.epoch / a.epochs : 0);
    const parts = [
      `${labels.epoch} ${a.epoch.toLocaleString(options.lang, { maximumFractionDigits: 1 })} / ${a.epochs.toLocaleString(options.lang)}`,
      clock(a.seconds),
    ];
    if (a.status === "running" && a.secondsLeft !== null) parts.push(`${labels.left} ${clock(a.secondsLeft)}`);
    if (a.headline !== null) parts.push(`${labels.mse} ${a.headline.toLocaleString(options.lang, { minimumFractionDigits: 4, maximumFractionDigits: 4 })}`);
    figures.textContent = parts.join("  ·  ");
    messages.textContent = a.messages.join(" ");
  }

  // One chart for the total and one a term; the total alone where it is the only term.
  function chartTitles() {
    const terms = run.terms.map((name, i) => [labels.terms[name] ?? name, i + 2, !LINEAR.has(name)]);
    return terms.length > 1 ? [[labels.total, 1, true], ...terms] : terms;
  }

  function drawCharts() {
    const titles = chartTitles();
    if (run.charts.length !== titles.length) {
      run.charts = titles.map(() => {
        const canvas = document.createElement("canvas");
        canvas.className = "chart";
        return canvas;
      });
      charts.replaceChildren(...run.charts.map((canvas, i) => {
        const box = panel("", canvas);
        box.caption.textContent = titles[i][0];
        return box;
      }));
    }
    run.charts.forEach((canvas, i) => drawChart(canvas, titles[i][1], titles[i][2]));
  }

  function drawChart(canvas, column, log) {
    const [context, width, height] = sharp(canvas);
    const style = getComputedStyle(host);
    const left = 44, right = 8, top = 6, bottom = 20;
    const rows = [...run.train, ...run.test].filter((row) => Number.isFinite(row[column]));
    if (!rows.length) return;
    const values = rows.map((row) => row[column]);
    let low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
    log = log && low > 0;
    if (!log) low = Math.min(0, low);
    if (high - low < 1e-9) high = low + 1;
    const scale = log ? Math.log : (v) => v;
    const last = Math.max(run.answer.epochs, 1);
    const x = (epoch) => left + ((width - left - right) * epoch) / last;
    const y = (v) => top + (height - top - bottom) * (1 - (scale(v) - scale(low)) / (scale(high) - scale(low)));
    context.font = `11px ${style.fontFamily}`;
    context.fillStyle = context.strokeStyle = style.color;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of niceTicks(low, high, log)) {
      context.globalAlpha = 0.65;
      context.fillText(write(tick), left - 6, y(tick));
      context.globalAlpha = 0.12;
      context.beginPath();
      context.moveTo(left, y(tick));
      context.lineTo(width - right, y(tick));
      context.stroke();
    }
    context.globalAlpha = 0.65;
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText("0", left, height - 5);
    context.textAlign = "right";
    context.fillText(`${last.toLocaleString(options.lang)} ${labels.epochs}`, width - right, height - 5);
    context.globalAlpha = 1;
    const line = (points, stroke, dots) => {
      context.strokeStyle = context.fillStyle = stroke;
      context.lineWidth = dots ? 2 : 1.5;
      context.beginPath();
      points.forEach((row) => context.lineTo(x(row[0]), y(row[column])));
      context.stroke();
      if (dots) {
        points.forEach((row) => {
          context.beginPath();
          context.arc(x(row[0]), y(row[column]), 2.4, 0, 7);
          context.fill();
        });
      }
    };
    line(run.train, style.getPropertyValue("--train"), false);
    line(run.test, style.getPropertyValue("--test"), true);
    const shown = run.snapshots[Number(time.value)];
    if (shown && !run.follow) {
      context.globalAlpha = 0.5;
      context.fillStyle = style.color;
      context.fillRect(x(shown.epoch), top, 1, height - top - bottom);
      context.globalAlpha = 1;
    }
  }

  function drawScatter(shot) {
    const [context, width, height] = sharp(scatter);
    const style = getComputedStyle(host);
    const [x0, x1, y0, y1] = shot.extent.data;
    const margin = 0.12, w = x1 - x0 || 1, h = y1 - y0 || 1;
    const x = (v) => ((v - x0 + margin * w) / (w * (1 + 2 * margin))) * width;
    const y = (v) => (1 - (v - y0 + margin * h) / (h * (1 + 2 * margin))) * height;
    const points = shot.coordinates.data, classes = shot.labels.data;
    const flat = y1 === y0;
    const sums = Array.from({ length: 10 }, () => [0, 0, 0]);
    context.globalAlpha = 0.8;
    for (let i = 0; i < classes.length; i++) {
      const k = classes[i];
      // A code of one value has no second axis: the class takes its place.
      const px = x(points[2 * i]);
      const py = flat ? ((k + 0.5 + 0.6 * (((i * 37) % 100) / 100 - 0.5)) / 10) * height : y(points[2 * i + 1]);
      context.fillStyle = options.palette[k];
      context.fillRect(px - 2, py - 2, 4, 4);
      sums[k][0] += px;
      sums[k][1] += py;
      sums[k][2]++;
    }
    context.globalAlpha = 1;
    context.font = `700 15px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    sums.forEach(([sx, sy, n], k) => {
      if (!n) return;
      context.strokeStyle = style.getPropertyValue("--st-background-color");
      context.strokeText(options.classes[k], sx / n, sy / n);
      context.fillStyle = style.color;
      context.fillText(options.classes[k], sx / n, sy / n);
    });
  }

  function drawManifold(shot) {
    const context = manifold.getContext("2d"), grid = shot.manifold.shape[0];
    for (let i = 0; i < grid * grid; i++) {
      const pixels = shot.manifold.data.subarray(i * 784, (i + 1) * 784);
      context.putImageData(digitImage(pixels, 1), (i % grid) * SIDE, Math.floor(i / grid) * SIDE);
    }
  }

  function buildDigits(shot) {
    const count = shot.reconstructions.shape[0], d = shot.codes.shape[1];
    const [rows, columns] = codeShape(d);
    const line = (label, width, height, className) => {
      const canvases = Array.from({ length: count }, () => crispCanvas(width, height, className));
      digits.append(element("span", "name", label), ...canvases);
      return canvases;
    };
    digits.replaceChildren();
    digits.style.setProperty("--count", count);
    run.rows = {
      inputs: line(options.noisy ? labels.noisy : labels.input, SIDE, SIDE),
      codes: line(`${labels.code} ${rows}×${columns}`, columns, rows, "codes"),
      reconstructions: line(labels.reconstruction, SIDE, SIDE),
    };
  }

  function drawDigits(shot) {
    if (!run.rows) buildDigits(shot);
    for (const name of ["inputs", "reconstructions"]) {
      run.rows[name].forEach((canvas, i) => {
        const pixels = shot[name].data.subarray(i * 784, (i + 1) * 784);
        canvas.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
      });
    }
    const codes = shot.codes.data, d = shot.codes.shape[1];
    const low = codes.reduce((a, b) => Math.min(a, b), 0);
    const most = codes.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
    run.rows.codes.forEach((canvas, i) => {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      const image = context.createImageData(canvas.width, canvas.height);
      for (let k = 0; k < d; k++) {
        const v = codes[i * d + k] / most;
        image.data.fill(255 * (low < 0 ? (v + 1) / 2 : v), 4 * k, 4 * k + 3);
        image.data[4 * k + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    });
  }

  // Where a linear model stands with PCA's subspace; nothing for the others.
  function anglesOf(shot) {
    const all = shot.angles.data, last = all.length - 1;
    if (last < 0) return "";
    const degrees = (i) => `${write(all[i])}°`;
    return labels.angles
      .replace("{smallest}", degrees(0))
      .replace("{median}", degrees(last >> 1))
      .replace("{largest}", degrees(last));
  }

  function showSnapshot() {
    const shot = run.snapshots[Number(time.value)];
    if (!shot) return;
    when.textContent = `${labels.epoch} ${shot.epoch.toLocaleString(options.lang, { maximumFractionDigits: 2 })}`;
    drawScatter(shot);
    drawManifold(shot);
    drawDigits(shot);
    angles.textContent = anglesOf(shot);
    host.dataset.snapshot = time.value;
  }

  function redraw() {
    if (!run?.answer) return;
    drawCharts();
    showSnapshot();
  }

  function stopPlaying() {
    clearInterval(player);
    player = 0;
    play.textContent = "▶";
  }

  time.addEventListener("input", () => {
    stopPlaying();
    run.follow = Number(time.value) === Number(time.max);
    redraw();
  });
  play.addEventListener("click", () => {
    if (player) return stopPlaying();
    if (Number(time.value) >= Number(time.max)) time.value = 0;
    run.follow = false;
    play.textContent = "❚❚";
    player = setInterval(() => {
      time.value = Number(time.value) + 1;
      if (Number(time.value) >= Number(time.max)) {
        run.follow = true;
        stopPlaying();
      }
      redraw();
    }, 250);
  });
  const resized = new ResizeObserver(redraw);
  resized.observe(host);
  // A canvas does not follow a change of theme by itself.
  watch = setInterval(() => {
    const now = getComputedStyle(host).color;
    if (now !== colour) redraw();
    colour = now;
  }, 500);

  return {
    update({ data, setTriggerValue }) {
      const relabelled = options && options.lang !== data.lang;
      options = data;
      labels = data.labels;
      set = setTriggerValue;
      scatterPanel.caption.textContent = labels.scatter;
      manifoldPanel.caption.textContent = labels.manifold;
      key.replaceChildren(
        element("i", "line train"), labels.train, element("i", "line test"), labels.test,
      );
      play.setAttribute("aria-label", labels.play);
      time.setAttribute("aria-label", labels.time);
      if (!run || run.id !== data.run || relabelled) {
        generation++;
        stopPlaying();
        run = fresh(data.run);
        charts.replaceChildren();
        digits.replaceChildren();
        angles.textContent = when.textContent = "";
        for (const canvas of [scatter, manifold]) canvas.getContext("2d").reset();
        Object.assign(time, { max: 0, value: 0 });
      }
      if (!LIVE.has(run.status) || run.status !== data.status) poll();
    },
    end() {
      generation++;
      clearTimeout(timer);
      clearInterval(watch);
      stopPlaying();
      resized.disconnect();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildMonitor);
}
