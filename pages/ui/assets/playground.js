// The 2D playground: up to two models on one cloud of points, trained by the server, watched here.
// It polls a route of the app for frames; nothing of the page reruns while models train.

const LETTERS = ["a", "b"];
const POLL = { running: 90, paused: 1000, lost: 2000 };
const KEPT_FRAMES = 400;
const REACH = 2;
const SPEEDS = [1, 10, 100, 0];
// Of the rows of the curves, as the server has them.
const STEP = 0, SECONDS = 1, CRITIC = 2, GENERATOR = 3, DISTANCE = 4, COVERED = 5, QUALITY = 7, ENERGY = 8;
// A drawing is dots on a lattice of 256 x 256, so far apart, and no more than so many.
const DOT_STEPS = 255, DOT_APART = 0.06, MOST_DOTS = 400;
// The arrow that nine tenths of all do not exceed is so long, as a share of the square.
const ARROW_SHARE = 0.06;

const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const dotsOf = (text) => {
  const bytes = bytesOf(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from({ length: bytes.length >> 1 }, (_, i) =>
    [bytes[2 * i], bytes[2 * i + 1]].map((v) => REACH * (2 * v / DOT_STEPS - 1)));
};
const dotsText = (dots) => linkText(Uint8Array.from(
  dots.flat().map((v) => Math.round(clamp((v / REACH + 1) / 2, 0, 1) * DOT_STEPS))));

// A frame as it comes: safetensors, whose metadata tell what a surface's greys mean.
function readFrame(text) {
  const { metadata, arrays } = readSafetensors(bytesOf(text));
  const surfaces = {};
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    if (!(name in metadata)) continue;
    const [low, high, median] = metadata[name].split(" ").map(Number);
    surfaces[name] = { greys: data, side: shape[0], low, high, median };
  }
  return { step: Number(metadata.step), seconds: Number(metadata.seconds), surfaces, ...arrays };
}

function buildPlayground(root) {
  const host = root.querySelector(".playground-host");
  const button = (name, act) => {
    const made = element("button", name);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  const start = button("start", () => say(running ? "pause" : "start"));
  const step = button("step", () => say("step"));
  const reset = button("reset", () => say("reset"));
  const clear = button("clear", () => draw([]));
  const speed = document.createElement("select"), speedName = element("span", "");
  const state = element("span", "state"), hint = element("div", "hint");
  state.setAttribute("role", "status");
  const which = element("span", "which");
  const only = LETTERS.map((letter) => button(`only-${letter}`, () => showOnly(letter)));
  which.append(...only);
  const speedRow = element("label", "");
  speedRow.append(speedName, speed);
  const steer = element("div", "steer");
  steer.append(start, step, reset, clear, speedRow, state, which);

  const tick = (name) => {
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    const row = element("label", name), words = element("span", "");
    box.addEventListener("change", redraw);
    row.append(box, words);
    return { box, row, words };
  };
  const arrows = tick("arrows"), net = tick("net"), behind = document.createElement("select");
  const behindName = element("span", ""), behindRow = element("label", "");
  behindRow.append(behindName, behind);
  behind.addEventListener("change", redraw);
  const views = element("div", "views"), panels = element("div", "panels");
  const saveCurves = button("csv", saveTable);

  const play = button("play", togglePlaying), time = document.createElement("input");
  Object.assign(time, { type: "range", min: 0, max: 0, value: 0, className: "time" });
  const when = element("span", "when"), replay = element("div", "replay");
  replay.append(play, time, when);
  views.append(replay, arrows.row, net.row, behindRow);
  const shared = element("div", "charts");
  host.replaceChildren(steer, hint, views, panels, shared, saveCurves);

  let options, words, set, running = false, timer = 0, generation = 0, frame = 0, player = 0;
  let dots = [], pen = null, cursor = [0, 0], colour = "";
  // Moments: what both panels showed after each answer of the server.
  let moments = [], stride = 1, count = 0, follow = true;
  const models = {};

  const number = (value, digits = 3) => (value === null || Number.isNaN(value) ? "–"
    : value.toLocaleString(options.lang, { maximumSignificantDigits: digits }));
  const address = (rest) => labAddress(options.base, `playgrounds/${options.run}${rest}`);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function makeCurve() {
    const box = element("figure", "curve"), caption = element("figcaption", "");
    const canvas = document.createElement("canvas");
    box.append(caption, canvas);
    return { box, caption, canvas };
  }
  const covered = makeCurve(), energy = makeCurve();
  shared.append(covered.box, energy.box);

  function makePanel(letter) {
    const box = element("figure", "panel");
    box.dataset.letter = letter;
    const title = element("figcaption", "title"), name = element("span", "name");
    const canvas = element("canvas", "plane"), numbers = element("div", "numbers");
    const reason = element("div", "reason"), scale = element("div", "scale");
    const [what, ramp] = ["what", "ramp"].map((part) => element("div", part));
    const [low, middle, high] = ["low", "middle", "high"].map((part) => element("span", part));
    scale.append(what, ramp, low, middle, high);
    const marks = element("div", "marks"), save = saveButton(canvas, `playground-${letter}`);
    title.append(element("span", "letter", letter.toUpperCase()), name, save);
    save.style.marginLeft = "auto";
    const losses = makeCurve(), distance = makeCurve(), charts = element("div", "charts");
    charts.append(losses.box, distance.box);
    box.append(title, canvas, numbers, reason, scale, marks, charts);
    canvas.setAttribute("role", "img");
    canvas.tabIndex = 0;
    paintable(canvas);
    return { box, name, canvas, numbers, reason, what, ramp, low, middle, high, marks, losses, distance };
  }

  // What the server is told and asked.

  async function say(what) {
    if (what === "start" && !follow) toEnd();
    if (what === "start" || what === "pause") running = what === "start";
    showState();
    try {
      await fetch(address(`/${what}`), { method: "POST" });
    } catch {
      // The connection is lost for a moment: the state that the next answer tells is shown.
    }
    poll();
  }

  async function poll() {
    clearTimeout(timer);
    if (document.hidden) return;
    const mine = ++generation, query = new URLSearchParams({ lang: options.lang });
    for (const [letter, model] of Object.entries(models)) {
      query.set(letter, `${model.id}.${model.rows.length}`);
    }
    let answer = null;
    try {
      const response = await fetch(address(`?${query}`));
      answer = response.status === 404 ? "gone" : await response.json();
    } catch {
      // Lost for a moment: ask again.
    }
    if (mine !== generation) return;
    if (answer === "gone") return set("gone", options.run);
    if (answer) take(answer);
    timer = setTimeout(poll, answer ? (running || isYoung() ? POLL.running : POLL.paused) : POLL.lost);
  }

  // A player that was just set up has no frame yet.
  const isYoung = () => Object.values(models).some((model) => !model.rows.length);

  function take(answer) {
    running = answer.running;
    let isNew = false, began = false;
    for (const letter of LETTERS) {
      const told = answer.players[letter];
      if (!told) {
        if (models[letter]) began = true;
        delete models[letter];
        continue;
      }
      if (models[letter]?.id !== told.id) {
        models[letter] = { id: told.id, rows: [], shown: null, frame: null };
        began = true;
      }
      const model = models[letter];
      model.rows.push(...told.rows);
      model.reason = told.reason;
      if (told.frame) {
        model.frame = readFrame(told.frame);
        isNew = true;
      }
    }
    if (began) [moments, stride, count, follow] = [[], 1, 0, true];
    if (isNew && !isYoung()) remember();
    showTime();
    showState();
    if (follow && (isNew || began)) glide();
    else showNumbers();
  }

  function remember() {
    const moment = Object.fromEntries(
      Object.entries(models).map(([letter, model]) => [letter, { frame: model.frame, row: model.rows.length - 1 }]));
    if (count % stride && moments.length) moments[moments.length - 1] = moment;
    else moments.push(moment);
    count++;
    if (moments.length > KEPT_FRAMES) {
      moments = moments.filter((_, i) => i % 2 === 0 || i === moments.length - 1);
      stride *= 2;
    }
  }

  function showTime() {
    time.max = Math.max(0, moments.length - 1);
    if (follow) time.value = time.max;
    play.disabled = time.disabled = moments.length < 2;
  }

  // What is seen.

  function showState() {
    const ended = Object.values(models).length && Object.values(models).every((m) => m.reason);
    const now = isYoung() ? "preparing" : ended ? "ended" : running ? "running" : "paused";
    state.textContent = words[now];
    host.dataset.state = now;
    start.textContent = running ? `❚❚ ${words.pause}` : `▶ ${words.start}`;
    for (const one of [start, step, reset]) one.disabled = !options.letters.length;
    start.disabled ||= Boolean(ended);
    clear.hidden = !options.drawing;
    clear.disabled = !dots.length;
    for (const [letter, panel] of Object.entries(panelOf)) {
      panel.reason.textContent = models[letter]?.reason ?? "";
    }
  }

  const panelOf = {};

  // From the points as they are drawn to those of the newest frame, in a few pictures.
  function glide() {
    cancelAnimationFrame(frame);
    const began = performance.now(), from = {};
    for (const [letter, model] of Object.entries(models)) from[letter] = model.shown;
    const next = (now) => {
      const share = REDUCED_MOTION ? 1 : Math.min(1, (now - began) / POLL.running);
      for (const [letter, model] of Object.entries(models)) {
        model.shown = between(from[letter], model.frame, share);
        drawPanel(letter);
      }
      if (share < 1) frame = requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
    drawCurves();
    showNumbers();
  }

  function between(from, to, share) {
    if (!from || !to || share >= 1 || from.samples.data.length !== to.samples.data.length) return to;
    const mix = (name) => ({
      shape: to[name].shape,
      data: to[name].data.map((v, i) => from[name].data[i] + share * (v - from[name].data[i])),
    });
    const mixed = { ...to };
    for (const name of ["samples", "starts", "arrows", "manifold"]) {
      if (from[name].data.length === to[name].data.length) mixed[name] = mix(name);
    }
    return mixed;
  }

  function redraw() {
    if (!options) return;
    cancelAnimationFrame(frame);
    host.dataset.dark = isDark() ? "yes" : "no";
    const moment = moments[Number(time.value)];
    for (const [letter, model] of Object.entries(models)) {
      model.shown = follow ? model.frame : moment?.[letter]?.frame ?? model.frame;
      drawPanel(letter);
    }
    for (const letter of Object.keys(panelOf)) if (!models[letter]) drawPanel(letter);
    drawCurves();
    showNumbers();
  }

  function isDark() {
    const [r, g, b] = getComputedStyle(host).color.match(/[\d.]+/g).map(Number);
    return r + g + b > 380;
  }

  const surfaceOf = (letter) => {
    const { surfaces } = options.players[letter];
    return surfaces.find((one) => one.key === behind.value) ?? surfaces[0];
  };

  function middleOf(told, { low, high, median }) {
    return told.middle === "median" ? median : told.middle === "low" ? low : told.middle;
  }

  function drawSurface(context, size, surface, told, style) {
    const { greys, side, low, high } = surface, middle = middleOf(told, surface);
    const most = Math.max(high - middle, middle - low, 1e-12);
    const [more, less] = ["--real", "--fake"].map((name) => rgbOf(style.getPropertyValue(name).trim()));
    const small = document.createElement("canvas");
    small.width = small.height = side;
    const image = new ImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      const value = low + (greys[i] / 255) * (high - low);
      const t = clamp((value - middle) / most, -1, 1) * (told.flip ? -1 : 1);
      image.data.set([...(t > 0 ? more : less), 190 * Math.abs(t)], 4 * i);
    }
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(small, 0, 0, size, size);
  }

  function drawPanel(letter) {
    const panel = panelOf[letter];
    if (!panel) return;
    const { canvas } = panel, box = canvas.getBoundingClientRect();
    if (!box.width) return;
    fitToScreen(canvas, box);
    const context = canvas.getContext("2d"), size = canvas.width, style = getComputedStyle(host);
    const ratio = size / box.width, shown = models[letter]?.shown;
    context.fillStyle = style.getPropertyValue("--st-background-color");
    context.fillRect(0, 0, size, size);
    const at = (x, y) => [(x / REACH + 1) * size / 2, (1 - y / REACH) * size / 2];
    const told = surfaceOf(letter);
    if (shown?.surfaces[told.key]) drawSurface(context, size, shown.surfaces[told.key], told, style);
    const disc = (points, radius, ink, alpha) => {
      context.fillStyle = ink;
      context.globalAlpha = alpha;
      for (let i = 0; i < points.length; i += 2) {
        context.beginPath();
        context.arc(...at(points[i], points[i + 1]), radius * ratio, 0, 7);
        context.fill();
      }
      context.globalAlpha = 1;
    };
    const inkOf = (name) => style.getPropertyValue(name).trim();
    if (options.drawing) disc(dots.flat(), 3, inkOf("--data"), 0.8);
    if (shown) {
      disc(shown.data.data, 1.6, inkOf("--data"), 0.5);
      if (net.box.checked) drawNet(context, shown.manifold, at, ratio, inkOf("--data"));
      if (arrows.box.checked) drawArrows(context, letter, shown, at, size, ratio, inkOf("--data"));
      disc(shown.samples.data, 2.3, inkOf("--sample"), 0.9);
    }
    if (options.drawing && document.activeElement === host && pen === null) drawCursor(context, at, ratio);
    canvas.dataset.step = shown?.step ?? "";
  }

  function drawNet(context, { shape, data }, at, ratio, ink) {
    context.strokeStyle = ink;
    context.globalAlpha = shape.length === 2 ? 0.7 : 0.32;
    context.lineWidth = (shape.length === 2 ? 1.6 : 1) * ratio;
    const line = (first, stride_, length) => {
      context.beginPath();
      for (let i = 0; i < length; i++) {
        const k = 2 * (first + i * stride_);
        context.lineTo(...at(data[k], data[k + 1]));
      }
      context.stroke();
    };
    if (shape.length === 2) line(0, 1, shape[0]);
    else {
      for (let i = 0; i < shape[0]; i++) {
        line(i * shape[1], 1, shape[1]);
        line(i, shape[1], shape[0]);
      }
    }
    context.globalAlpha = 1;
  }

  const lengths = ({ data }) =>
    Array.from({ length: data.length >> 1 }, (_, i) => Math.hypot(data[2 * i], data[2 * i + 1]));

  // The length that nine of ten arrows do not exceed, which a legend names.
  function usualLength(shown) {
    const sorted = lengths(shown.arrows).sort((a, b) => a - b);
    return sorted[Math.floor(0.9 * (sorted.length - 1))];
  }

  function drawArrows(context, letter, shown, at, size, ratio, ink) {
    // An autoencoder's arrows lead to a place; a gradient's only have a direction and a strength.
    const usual = usualLength(shown), leads = options.players[letter].leads;
    const scale = leads ? 1 : usual > 0 ? (ARROW_SHARE * 2 * REACH) / usual : 0;
    const { data: from } = shown.starts, { data: by } = shown.arrows;
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1.2 * ratio;
    context.globalAlpha = 0.8;
    for (let i = 0; i < from.length; i += 2) {
      const length = Math.hypot(by[i], by[i + 1]) * scale, most = 0.16 * REACH;
      const cut = leads ? 1 : Math.min(1, most / (length || 1));
      const [x, y] = at(from[i], from[i + 1]);
      const [u, v] = at(from[i] + by[i] * scale * cut, from[i + 1] + by[i + 1] * scale * cut);
      const angle = Math.atan2(v - y, u - x), head = Math.min(4.5 * ratio, Math.hypot(u - x, v - y));
      if (head < 0.5) continue;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(u, v);
      context.stroke();
      context.beginPath();
      context.moveTo(u, v);
      context.lineTo(u - head * Math.cos(angle - 0.45), v - head * Math.sin(angle - 0.45));
      context.lineTo(u - head * Math.cos(angle + 0.45), v - head * Math.sin(angle + 0.45));
      context.fill();
    }
    context.globalAlpha = 1;
  }

  function drawCursor(context, at, ratio) {
    const [x, y] = at(...cursor);
    context.strokeStyle = "#ffa90e";
    context.lineWidth = 2 * ratio;
    context.strokeRect(x - 5 * ratio, y - 5 * ratio, 10 * ratio, 10 * ratio);
  }

  function showNumbers() {
    for (const [letter, panel] of Object.entries(panelOf)) {
      const model = models[letter], shown = model?.shown;
      panel.numbers.replaceChildren();
      const at = follow ? model?.rows.length - 1 : moments[Number(time.value)]?.[letter]?.row;
      const row = model?.rows[at];
      if (!row || !shown) continue;
      const parts = [[words.updates, number(row[STEP], 7)], [words.seconds, number(row[SECONDS])]];
      if (row[COVERED] !== null) {
        parts.push([words.modes, `${row[COVERED]} / ${options.modes}`]);
        parts.push([words.quality, row[QUALITY].toLocaleString(options.lang, { style: "percent" })]);
      }
      parts.push([words.energy, number(row[ENERGY])]);
      panel.numbers.append(...parts.map(([name, value]) => {
        const part = element("span", "");
        part.append(`${name} `, element("b", "", value));
        return part;
      }));
      panel.numbers.dataset.covered = row[COVERED] ?? "";
      showScale(letter, shown);
    }
    const moment = moments[Number(time.value)];
    const step_ = Math.max(0, ...Object.values(moment ?? {}).map((one) => one.frame?.step ?? 0));
    when.textContent = follow ? words.now : fill(words.when, { step: number(step_, 7) });
  }

  function showScale(letter, shown) {
    const panel = panelOf[letter], told = surfaceOf(letter), surface = shown.surfaces[told.key];
    if (!surface) return;
    const middle = middleOf(told, surface), span = Math.max(surface.high - middle, middle - surface.low);
    panel.what.textContent = told.label;
    const ink = (share) => {
      const t = share * (told.flip ? -1 : 1);
      return `color-mix(in srgb, var(${t > 0 ? "--real" : "--fake"}) ${75 * Math.abs(t)}%, var(--st-background-color))`;
    };
    const shares = told.middle === "low" ? [0, 0.25, 0.5, 0.75, 1] : [-1, -0.5, 0, 0.5, 1];
    panel.ramp.style.background = `linear-gradient(to right, ${shares.map(ink).join(", ")})`;
    const values = told.middle === "low" ? [0, 0.5, 1] : [-1, 0, 1];
    [panel.low, panel.middle, panel.high].forEach((node, i) => {
      node.textContent = number(middle + values[i] * span);
    });
    const mark = (className, ink_, text) => {
      const one = element("span", ""), sign = element("i", className);
      sign.style.background = `var(${ink_})`;
      one.append(sign, text);
      return one;
    };
    const arrow = fill(options.players[letter].arrows, { length: number(usualLength(shown), 2) });
    panel.marks.replaceChildren(
      mark("dot", "--data", words.data), mark("dot", "--sample", options.players[letter].samples),
      element("span", "", `→ ${arrow}`),
    );
  }

  // Curves over the seconds of training.

  function drawCurves() {
    for (const [letter, panel] of Object.entries(panelOf)) {
      const rows = models[letter]?.rows ?? [], { curves } = options.players[letter];
      const [critic, generator] = ["--fake", "--real"];
      const losses = curves.critic ? [[rows, CRITIC, critic], [rows, GENERATOR, generator]] : [[rows, GENERATOR, generator]];
      drawCurve(panel.losses.canvas, losses);
      panel.distance.box.hidden = !curves.distance;
      if (curves.distance) drawCurve(panel.distance.canvas, [[rows, DISTANCE, `--${letter}`]]);
    }
    const all = (column) => options.letters.map((letter) => [models[letter]?.rows ?? [], column, `--${letter}`]);
    covered.box.hidden = !options.modes;
    if (options.modes) drawCurve(covered.canvas, all(COVERED), options.modes);
    drawCurve(energy.canvas, all(ENERGY));
  }

  function drawCurve(canvas, lines, top = null) {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    fitToScreen(canvas, box);
    const ratio = canvas.width / box.width, context = canvas.getContext("2d"), style = getComputedStyle(host);
    const { width, height } = box, left = 40, bottom = 18, right = 6, upper = 6;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const points = lines.map(([rows, column]) => rows.filter((row) => row[column] !== null));
    const values = points.flatMap((rows, i) => rows.map((row) => row[lines[i][1]]));
    if (!values.length) return;
    const last = points.flat().reduce((most, row) => Math.max(most, row[SECONDS]), 1);
    let low = values.reduce((a, b) => Math.min(a, b), 0), high = top ?? values.reduce((a, b) => Math.max(a, b));
    if (high - low < 1e-9) high = low + 1;
    const x = (v) => left + (width - left - right) * (v / last);
    const y = (v) => upper + (height - upper - bottom) * (1 - (v - low) / (high - low));
    context.font = `11px ${style.fontFamily}`;
    context.fillStyle = context.strokeStyle = style.color;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick_ of roundTicks(low, high, 3)) {
      context.globalAlpha = 0.75;
      context.fillText(number(Math.abs(tick_) < (high - low) / 1e6 ? 0 : tick_), left - 5, y(tick_));
      context.globalAlpha = 0.13;
      context.fillRect(left, y(tick_), width - left - right, 1);
    }
    context.globalAlpha = 0.75;
    context.textBaseline = "alphabetic";
    context.fillText(`${number(last, 3)} s`, width - right, height - 4);
    context.textAlign = "left";
    context.fillText("0", left, height - 4);
    context.globalAlpha = 1;
    context.lineWidth = 1.6;
    points.forEach((rows, i) => {
      context.strokeStyle = style.getPropertyValue(lines[i][2]);
      context.beginPath();
      // No more points than pixels can show.
      const every = Math.max(1, Math.floor(rows.length / (2 * width)));
      rows.forEach((row, k) => {
        if (k % every === 0 || k === rows.length - 1) context.lineTo(x(row[SECONDS]), y(row[lines[i][1]]));
      });
      context.stroke();
    });
  }

  function captions() {
    const key = (caption, title, lines) => caption.replaceChildren(title, ...lines.map(([ink, text]) => {
      const one = element("span", ""), sign = element("i", "line");
      sign.style.background = `var(${ink})`;
      one.append(sign, text);
      return one;
    }));
    for (const [letter, panel] of Object.entries(panelOf)) {
      const { curves, name } = options.players[letter];
      panel.name.textContent = name;
      panel.canvas.setAttribute("aria-label", `${letter.toUpperCase()}: ${name}. ${words.plane}`);
      key(panel.losses.caption, words.losses, curves.critic
        ? [["--fake", words.critic], ["--real", words.generator]] : []);
      key(panel.distance.caption, curves.distance, []);
    }
    const both = options.letters.map((letter) => [`--${letter}`, letter.toUpperCase()]);
    key(covered.caption, words.covered, both);
    key(energy.caption, words.energyCurve, both);
  }

  // The replay of what was seen.

  function toEnd() {
    follow = true;
    time.value = time.max;
    stopPlaying();
    redraw();
  }

  function stopPlaying() {
    clearInterval(player);
    player = 0;
    play.textContent = "▶";
  }

  function togglePlaying() {
    if (player) return stopPlaying();
    if (Number(time.value) >= Number(time.max)) time.value = 0;
    follow = false;
    play.textContent = "❚❚";
    player = setInterval(() => {
      time.value = Number(time.value) + 1;
      if (Number(time.value) >= Number(time.max)) toEnd();
      else redraw();
    }, 60);
  }

  time.addEventListener("input", () => {
    stopPlaying();
    follow = Number(time.value) === Number(time.max);
    redraw();
  });

  function saveTable() {
    const lines = [["model", ...options.columns].join(",")];
    for (const letter of options.letters) {
      for (const row of models[letter]?.rows ?? []) {
        lines.push([options.players[letter].key, ...row.map((v) => v ?? "")].join(","));
      }
    }
    saveBlob(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }), "playground.csv");
  }

  // Drawing a cloud.

  function paintable(canvas) {
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [
        REACH * (2 * (event.clientX - box.left) / box.width - 1),
        REACH * (1 - 2 * (event.clientY - box.top) / box.height),
      ].map((v) => clamp(v, -REACH, REACH));
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (!options.drawing || event.button !== 0 || pen !== null) return;
      pen = event.pointerId;
      canvas.setPointerCapture(pen);
      addDots(at(event), true);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pen) return;
      const passed = event.getCoalescedEvents?.() ?? [];
      (passed.length ? passed : [event]).forEach((one) => addDots(at(one), false));
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId !== pen) return;
        pen = null;
        draw(dots);
      });
    }
    canvas.addEventListener("keydown", (event) => {
      const by = ARROW_STEPS[event.key];
      if (!options.drawing || !(by || event.key === " ")) return;
      event.preventDefault();
      if (by) cursor = [cursor[0] + 0.1 * by[0], cursor[1] - 0.1 * by[1]].map((v) => clamp(v, -REACH, REACH));
      else {
        addDots(cursor, true);
        draw(dots);
      }
      redraw();
      drawCursor(canvas.getContext("2d"), (x, y) => [(x / REACH + 1) * canvas.width / 2, (1 - y / REACH) * canvas.width / 2], 1);
    });
  }

  // Along the way from the last dot to here, evenly spaced.
  function addDots(to, lifted) {
    const from = lifted ? to : dots.at(-1) ?? to;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const steps = lifted ? 1 : Math.floor(length / DOT_APART);
    for (let i = 1; i <= steps && dots.length < MOST_DOTS; i++) {
      const share = lifted ? 1 : (i * DOT_APART) / length;
      dots.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
    }
    showHint();
    options.letters.length ? redraw() : Object.keys(panelOf).forEach(drawPanel);
  }

  function draw(all) {
    dots = all;
    showHint();
    redraw();
    set("drawn", dotsText(dots));
  }

  function showHint() {
    hint.textContent = !options.drawing ? "" : dots.length >= MOST_DOTS ? words.full : words.draw;
  }

  function showOnly(letter) {
    host.dataset.only = letter;
    only.forEach((one, i) => one.setAttribute("aria-pressed", String(LETTERS[i] === letter)));
    redraw();
  }

  speed.addEventListener("change", () => {
    putInLink({ speed: speed.value === "0" ? null : speed.value });
    say(`speed-${speed.value}`);
  });

  const resized = new ResizeObserver(() => redraw());
  resized.observe(host);
  // A canvas does not follow a change of theme by itself.
  const watch = setInterval(() => {
    const now = getComputedStyle(host).color;
    if (now !== colour) redraw();
    colour = now;
  }, 500);
  const seen = () => options && poll();
  document.addEventListener("visibilitychange", seen);

  function build() {
    const shown = Object.keys(options.players);
    for (const letter of Object.keys(panelOf)) if (!shown.includes(letter)) delete panelOf[letter];
    for (const letter of shown) panelOf[letter] ??= makePanel(letter);
    panels.replaceChildren(...shown.map((letter) => panelOf[letter].box));
    panels.dataset.count = shown.length;
    panels.style.setProperty("--count", shown.length);
    which.hidden = shown.length < 2;
    if (!shown.includes(host.dataset.only)) host.dataset.only = "a";
    const surfaces = shown.flatMap((letter) => options.players[letter].surfaces);
    const choices = [...new Map(surfaces.filter((one) => one.choice).map((one) => [one.key, one.choice]))];
    const kept = behind.value;
    behind.replaceChildren(...choices.map(([key, text]) => new Option(text, key)));
    if (choices.some(([key]) => key === kept)) behind.value = kept;
    behindRow.hidden = !choices.length;
  }

  function label() {
    step.textContent = words.step;
    reset.textContent = words.reset;
    clear.textContent = words.clear;
    speedName.textContent = words.speed;
    const chosen = speed.value || inLink("speed") || "0";
    speed.replaceChildren(...SPEEDS.map((v, i) => new Option(words.speeds[i], v)));
    speed.value = SPEEDS.includes(Number(chosen)) ? chosen : "0";
    arrows.words.textContent = words.arrows;
    net.words.textContent = words.net;
    behindName.textContent = words.behind;
    saveCurves.textContent = `↓ ${words.csv}`;
    play.setAttribute("aria-label", words.play);
    time.setAttribute("aria-label", words.time);
    only.forEach((one, i) => {
      one.textContent = LETTERS[i].toUpperCase();
      one.setAttribute("aria-pressed", String(host.dataset.only === LETTERS[i]));
    });
    nameSaves(host, words.save);
  }

  stopPlaying();

  return {
    update({ data, setTriggerValue }) {
      const first = options?.run !== data.run;
      options = data;
      words = data.words;
      set = setTriggerValue;
      host.dataset.drawing = data.drawing ? "yes" : "no";
      if (pen === null) dots = dotsOf(data.drawn);
      build();
      label();
      captions();
      showHint();
      showState();
      redraw();
      if (first && speed.value !== "0") say(`speed-${speed.value}`);
      else poll();
    },
    end() {
      generation++;
      clearTimeout(timer);
      clearInterval(watch);
      cancelAnimationFrame(frame);
      stopPlaying();
      resized.disconnect();
      document.removeEventListener("visibilitychange", seen);
    },
  };
}

export default function (component) {
  return mountOnce(component, buildPlayground);
}
