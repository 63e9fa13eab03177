// Two distributions on a line, one of which slides away under the pointer: the earth that is moved,
// how far apart they are by five measures, their gradients, and what the two critics say.

const VIEW = 8;
const LEVELS = 35;
const WIDTHS = { low: 0.5, high: 2, step: 0.05 };
const LEFT = 48, RIGHT = 12;
// What is finite and higher leaves the chart; what is infinite stands in a strip above it.
const TOP_VALUE = 4.4, TOP_SLOPE = 1.6;
const LEARNING_RATE = 0.25, FRAME_MS = 70, STILL = 5e-3;

function buildMover(root) {
  const host = root.querySelector(".mover-host");
  const problem = element("div", "problem"), tools = element("div", "tools");
  const left = element("div", "column"), right = element("div", "column");
  problem.setAttribute("role", "status");
  const picks = { p: picker("p"), q: picker("q") };
  const pens = element("div", "pens");
  pens.setAttribute("role", "group");
  const penButtons = ["slide", "p", "q"].map((name) => {
    const button = element("button", "pen");
    button.type = "button";
    button.dataset.pen = name;
    button.addEventListener("click", () => takePen(name));
    return button;
  });
  pens.append(...penButtons);
  const theta = slider("theta"), wide = slider("wide");
  Object.assign(wide.input, { min: WIDTHS.low, max: WIDTHS.high, step: WIDTHS.step });
  const saveNumbers = element("button", "save");
  saveNumbers.type = "button";
  saveNumbers.dataset.kind = "CSV";
  const example = element("button", "example");
  example.type = "button";
  example.addEventListener("click", showExample);
  tools.append(picks.p.label, picks.q.label, pens, example, theta.label, wide.label);
  const stage = panel("stage"), cdf = panel("cdf"), real = panel("real"), critic = panel("critic");
  const board = panel("plan"), curves = panel("curves"), gradients = panel("gradients");
  const numbers = element("table", "numbers"), said = element("div", "said");
  said.setAttribute("role", "status");
  const told = element("div", "panel numbersPanel");
  told.append(numbers, said, saveNumbers);
  left.append(stage.box, cdf.box, real.box, critic.box);
  right.append(told, curves.box, gradients.box, board.box);
  host.replaceChildren(problem, tools, left, right);

  let words, line, colours, x, half, table = null, timer = 0, pointer = null, cursor = 0, last = null;
  const state = { p: "segment", q: "segment", at: 0, wide: 1, bars: { p: null, q: null } };
  let pen = "slide";

  function slider(name) {
    const label = element("label", "control"), text = element("span", "controlName");
    const input = document.createElement("input"), value = element("output", "value");
    Object.assign(input, { type: "range", className: name });
    label.append(text, input, value);
    return { label, text, input, value };
  }

  function picker(name) {
    const label = element("label", "control pick"), text = element("span", "controlName");
    const select = element("select", name);
    label.append(text, select);
    select.addEventListener("change", () => {
      halt();
      setShape(name, select.value);
      renew();
      remember();
    });
    return { label, text, select };
  }

  function panel(name) {
    const box = element("figure", `panel ${name}Panel`), title = element("figcaption", "title");
    const canvas = element("canvas", name), note = element("div", "note");
    canvas.setAttribute("role", "img");
    box.append(title, saveButton(canvas, `transport-${name}`), canvas, note);
    return { box, title, canvas, note };
  }

  // The distributions.

  const thetaAt = (at) => at * line.step;
  const farthest = () => Math.round(line.slide / line.step);

  function distribution(name, at) {
    const middle = name === "q" ? thetaAt(at) : 0, shape = state[name];
    if (shape === "drawn") return drawnShape(line, state.bars[name], middle);
    return shaped(line, shape, middle, name === "q" ? state.wide : 1);
  }

  // A shape that is to be drawn begins as what stood there before.
  function setShape(name, shape) {
    if (shape === "drawn" && state[name] !== "drawn") {
      const now = masses(distribution(name, 0)), most = Math.max(...now);
      const middle = (now.length - 1) / 2;
      state.bars[name] = Array.from({ length: 2 * half + 1 }, (_, k) =>
        Math.round((LEVELS * now[middle - half + k]) / most));
    }
    state[name] = shape;
    if (shape !== "drawn" && pen === name) pen = "slide";
  }

  // Everything that depends on the shapes: the measures at each place that q can slide to, and their
  // slopes. Two points jump where they meet, and have no slope there.
  function renew() {
    const p = distribution("p", 0), most = farthest() + 1;
    const steps = Array.from({ length: 2 * most + 1 }, (_, k) => k - most);
    const all = steps.map((at) => distribution("q", at));
    if (!p || !all[0]) table = null;
    else {
      const rows = all.map((q) => measure(p, q, line.step));
      const points = state.p === "point" && state.q === "point";
      const values = {}, slopesOf = {};
      for (const name of Object.keys(words.measures)) {
        values[name] = rows.slice(1, -1).map((row) => row[name]);
        slopesOf[name] = slopes(rows.map((row) => row[name]), line.step).map((slope, k) =>
          points && name !== "w1" && Math.abs(k - farthest()) < 2 ? NaN
            : Math.abs(slope) < 1e-12 ? 0 : slope);
      }
      table = { p, all: all.slice(1, -1), values, slopes: slopesOf };
    }
    showControls();
    draw();
  }

  const now = () => state.at + farthest();
  const logQ = () => table.all[now()];

  // Numbers as the language writes them; what is infinite is said to be.
  function text(value, digits = 3) {
    if (Number.isNaN(value)) return words.none;
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    if (value && Math.abs(value) < 0.5 * 10 ** -digits) {
      const power = Math.floor(Math.log10(Math.abs(value)));
      const raised = [...String(-power)].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("");
      return `${text(value / 10 ** power, 1)} · 10⁻${raised}`;
    }
    return (value || 0).toLocaleString(words.lang, {
      minimumFractionDigits: digits, maximumFractionDigits: digits,
    }).replace("-", "−");
  }

  // Drawing.

  function begin(canvas) {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return null;
    fitToScreen(canvas, box);
    const style = getComputedStyle(host), c = canvas.getContext("2d");
    const ratio = canvas.width / box.width;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = style.getPropertyValue("--st-background-color");
    c.fillRect(0, 0, box.width, box.height);
    c.font = `13px ${style.getPropertyValue("--st-font")}`;
    c.lineJoin = "round";
    return { c, width: box.width, height: box.height, ink: style.getPropertyValue("--st-text-color") };
  }

  function write(c, label, at, y, align = "left", baseline = "alphabetic") {
    c.textAlign = align;
    c.textBaseline = baseline;
    c.fillText(label, at, y);
  }

  function path(c, points) {
    c.beginPath();
    points.forEach(([a, b]) => c.lineTo(a, b));
    c.stroke();
  }

  const across = (width) => (v) => LEFT + ((v + VIEW) / (2 * VIEW)) * (width - LEFT - RIGHT);

  // An axis below, with its name, and faint lines at its ticks from top to bottom.
  function axisBelow({ c, width, height, ink }, place, low, high, name, top) {
    const base = height - 34;
    c.strokeStyle = c.fillStyle = ink;
    roundTicks(low, high, width < 450 ? 4 : 8).forEach((v) => {
      c.globalAlpha = 0.12;
      path(c, [[place(v), top], [place(v), base]]);
      c.globalAlpha = 0.85;
      write(c, text(v, 0), place(v), base + 14, "center");
    });
    c.globalAlpha = 0.85;
    write(c, name, width - RIGHT, height - 4, "right");
    c.globalAlpha = 0.5;
    path(c, [[LEFT, base], [width - RIGHT, base]]);
    c.globalAlpha = 1;
  }

  function axisLeft({ c, ink }, place, ticks, digits) {
    c.fillStyle = ink;
    c.globalAlpha = 0.85;
    ticks.forEach((v) => write(c, text(v, digits), LEFT - 6, place(v), "right", "middle"));
    c.globalAlpha = 1;
  }

  // p above, q below, and between them the earth on its way.
  function drawStage() {
    const sheet = begin(stage.canvas);
    if (!sheet) return;
    const { c, width, height, ink } = sheet, place = across(width);
    const { tops, depth } = stageLayout(height), cell = place(line.step) - place(0);
    axisBelow(sheet, place, -VIEW, VIEW, words.x, tops.p - depth);
    const both = { p: distribution("p", 0), q: distribution("q", state.at) };
    const mass = { p: both.p && masses(both.p), q: both.q && masses(both.q) };
    const most = Math.max(...(mass.p ?? []), ...(mass.q ?? []), 1e-9);
    if (table) {
      const heaps = planOf(table.p, logQ());
      const largest = Math.max(...heaps.map((heap) => heap[2]));
      c.strokeStyle = ink;
      for (const [to, from, moved] of heaps) {
        if (moved < 1e-3 * largest) continue;
        const [a, b] = [place(x[from]), place(x[to])], middle = (tops.p + tops.q) / 2;
        c.globalAlpha = 0.15 + 0.5 * (moved / largest);
        c.lineWidth = 0.6 + 2.4 * (moved / largest);
        c.beginPath();
        c.moveTo(a, tops.q - 2);
        c.bezierCurveTo(a, middle, b, middle, b, tops.p + 3);
        c.stroke();
        if (to === from) continue;
        c.beginPath();
        c.moveTo(b - 3.5, tops.p + 9);
        c.lineTo(b, tops.p + 3);
        c.lineTo(b + 3.5, tops.p + 9);
        c.stroke();
      }
      c.globalAlpha = c.lineWidth = 1;
    }
    for (const [name, way] of [["p", -1], ["q", 1]]) {
      const at = (mass[name] ?? x).length, drawing = pen === name;
      c.fillStyle = colours[name];
      for (let i = 0; i < at; i++) {
        const k = i - (x.length - 1) / 2 - (name === "q" ? state.at : 0) + half;
        // Under the pen the bars stand as they were drawn, so that they do not move with the sum.
        const share = drawing ? (state.bars[name][k] ?? 0) / LEVELS
          : mass[name] ? mass[name][i] / most : 0;
        const long = share * (depth - 4);
        if (Math.abs(x[i]) <= VIEW) c.fillRect(place(x[i]) - cell * 0.44, tops[name], cell * 0.88, way * long);
      }
      c.strokeStyle = c.fillStyle = ink;
      c.globalAlpha = 0.5;
      path(c, [[LEFT, tops[name]], [width - RIGHT, tops[name]]]);
      c.globalAlpha = 1;
      if (table && !drawing) {
        c.fillStyle = ink;
        write(c, "0", LEFT - 6, tops[name], "right", "middle");
        write(c, text(most, 2), LEFT - 6, tops[name] + way * (depth - 4), "right", "middle");
      }
      c.fillStyle = colours[name];
      c.font = c.font.replace("13px", "600 14px");
      write(c, words[name], LEFT, name === "p" ? 14 : height - 40);
      c.font = c.font.replace("600 14px", "13px");
      if (drawing) {
        const [low, high] = [-half, half + 1].map((k) =>
          place(thetaAt(k + (name === "q" ? state.at : 0))) - cell / 2);
        c.strokeStyle = colours[name];
        c.setLineDash([4, 4]);
        c.strokeRect(low, tops[name] + (way < 0 ? -depth : 0), high - low, depth);
        c.setLineDash([]);
        const here = thetaAt(cursor + (name === "q" ? state.at : 0));
        c.lineWidth = 2;
        c.strokeRect(place(here) - cell / 2, tops[name] + (way < 0 ? -depth : 0), cell, depth);
        c.lineWidth = 1;
      }
    }
    c.fillStyle = ink;
    write(c, `θ = ${text(thetaAt(state.at), 2)}`, place(thetaAt(state.at)), height - 40, "center");
  }

  const stageLayout = (height) => {
    const depth = (height - 60) * 0.32;
    return { depth, tops: { p: 22 + depth, q: height - 56 - depth } };
  };

  // Steps, as a cumulative distribution has them.
  function stairs(values, place, up) {
    return values.flatMap((v, i) => [[place(x[i]), up(i ? values[i - 1] : 0)], [place(x[i]), up(v)]]);
  }

  function drawCdf() {
    const sheet = begin(cdf.canvas);
    if (!sheet) return;
    const { c, width, height, ink } = sheet, place = across(width);
    const up = (v) => height - 34 - v * (height - 46);
    axisBelow(sheet, place, -VIEW, VIEW, words.x, up(1));
    axisLeft(sheet, up, [0, 0.5, 1], 1);
    if (!table) return;
    c.save();
    c.beginPath();
    c.rect(LEFT, 0, width - LEFT - RIGHT, height);
    c.clip();
    const [P, Q] = [table.p, logQ()].map((logs) => Array.from(cumulative(logs)));
    c.fillStyle = colours.w1;
    c.globalAlpha = 0.28;
    c.beginPath();
    stairs(P, place, up).forEach(([a, b]) => c.lineTo(a, b));
    stairs(Q, place, up).reverse().forEach(([a, b]) => c.lineTo(a, b));
    c.fill();
    c.globalAlpha = 1;
    c.lineWidth = 2.4;
    for (const [name, values] of [["p", P], ["q", Q]]) {
      c.strokeStyle = colours[name];
      path(c, stairs(values, place, up));
    }
    c.restore();
    c.lineWidth = 1;
    c.fillStyle = ink;
    write(c, `${words.area} ${text(table.values.w1[now()])}`, LEFT + 8, up(0.82));
    c.fillStyle = colours.p;
    write(c, "P", LEFT + 8, up(0.6));
    c.fillStyle = colours.q;
    write(c, "Q", LEFT + 26, up(0.6));
  }

  // A critic over x: thin everywhere, thick where the generator puts its samples.
  function drawCritic({ canvas }, values, low, high, ticks, colour, digits) {
    const sheet = begin(canvas);
    if (!sheet) return;
    const { c, width, height } = sheet, place = across(width);
    const up = (v) => height - 34 - ((v - low) / (high - low)) * (height - 46);
    axisBelow(sheet, place, -VIEW, VIEW, words.x, up(high));
    axisLeft(sheet, up, ticks, digits);
    if (!values) return;
    const q = masses(logQ()), enough = 1e-3 * Math.max(...q);
    c.save();
    c.beginPath();
    c.rect(LEFT, 0, width - LEFT - RIGHT, height);
    c.clip();
    c.strokeStyle = c.fillStyle = colour;
    for (let i = 0; i < x.length; i++) {
      if (Number.isNaN(values[i])) continue;
      if (i && !Number.isNaN(values[i - 1])) {
        const thick = q[i] > enough && q[i - 1] > enough;
        c.lineWidth = thick ? 5 : 1.8;
        c.globalAlpha = thick ? 1 : 0.75;
        path(c, [[place(x[i - 1]), up(values[i - 1])], [place(x[i]), up(values[i])]]);
      }
      const alone = Number.isNaN(values[i - 1]) && Number.isNaN(values[i + 1]);
      if (!alone && q[i] <= enough) continue;
      c.globalAlpha = 1;
      c.beginPath();
      c.arc(place(x[i]), up(values[i]), q[i] > enough ? 4.5 : 3, 0, 7);
      c.fill();
    }
    c.restore();
    c.globalAlpha = c.lineWidth = 1;
  }

  function drawCritics() {
    const D = table && Array.from(discriminator(table.p, logQ()));
    drawCritic(real, D, 0, 1, [0, 0.5, 1], colours.js, 1);
    const f = table && potential(table.p, logQ(), line.step);
    drawCritic(critic, f, -VIEW, VIEW, [-VIEW, 0, VIEW], colours.w1, 0);
    const slope = (name, times) => (table ? text(times * table.slopes[name][now()]) : "–");
    real.note.textContent = words.realNote.replace("{slope}", slope("js", 2));
    let between = 0;
    if (f) table.p.forEach((v, i) => { between += f[i] * (Math.exp(v) - Math.exp(logQ()[i])); });
    critic.note.textContent = words.criticNote.replace("{slope}", slope("w1", 1))
      .replace("{difference}", table ? text(between) : "–");
  }

  // Where earth comes from, to the right, and where it goes, upwards; the sums stand at the sides.
  function drawPlan() {
    const sheet = begin(board.canvas);
    if (!sheet) return;
    const { c, width, height, ink } = sheet, side = 54;
    const room = Math.min(width - LEFT - RIGHT - side, height - 34 - side - 6);
    const bottom = height - 34, place = (v) => LEFT + ((v + VIEW) / (2 * VIEW)) * room;
    const up = (v) => bottom - ((v + VIEW) / (2 * VIEW)) * room;
    const cell = (room * line.step) / (2 * VIEW), mark = Math.max(cell, 5);
    c.strokeStyle = c.fillStyle = ink;
    roundTicks(-VIEW, VIEW, 4).forEach((v) => {
      c.globalAlpha = 0.12;
      path(c, [[place(v), bottom], [place(v), up(VIEW)]]);
      path(c, [[place(-VIEW), up(v)], [place(VIEW), up(v)]]);
      c.globalAlpha = 0.85;
      write(c, text(v, 0), place(v), bottom + 14, "center");
      write(c, text(v, 0), LEFT - 6, up(v), "right", "middle");
    });
    c.globalAlpha = 0.5;
    c.setLineDash([5, 4]);
    path(c, [[place(-VIEW), up(-VIEW)], [place(VIEW), up(VIEW)]]);
    c.setLineDash([]);
    c.strokeRect(place(-VIEW), up(VIEW), room, room);
    c.globalAlpha = 1;
    c.fillStyle = colours.q;
    write(c, words.from, place(VIEW), height - 4, "right");
    c.fillStyle = colours.p;
    write(c, words.to, place(VIEW) + side, 12, "right");
    if (!table) return;
    const heaps = planOf(table.p, logQ()), largest = Math.max(...heaps.map((heap) => heap[2]));
    const p = masses(table.p), q = masses(logQ()), most = Math.max(...p, ...q);
    const seen = (i) => Math.abs(x[i]) <= VIEW;
    c.fillStyle = colours.w1;
    for (const [to, from, moved] of heaps) {
      if (!seen(to) || !seen(from)) continue;
      c.globalAlpha = Math.sqrt(moved / largest);
      c.fillRect(place(x[from]) - mark / 2, up(x[to]) - mark / 2, mark, mark);
    }
    c.globalAlpha = 1;
    x.forEach((v, i) => {
      if (!seen(i)) return;
      c.fillStyle = colours.q;
      c.fillRect(place(v) - cell * 0.44, up(VIEW) - 3, cell * 0.88, (-(side - 16) * q[i]) / most);
      c.fillStyle = colours.p;
      c.fillRect(place(VIEW) + 3, up(v) - cell * 0.44, ((side - 8) * p[i]) / most, cell * 0.88);
    });
  }

  const alongTheta = (width) => (v) =>
    LEFT + ((v + line.slide) / (2 * line.slide)) * (width - LEFT - RIGHT);

  // The five measures, or their slopes, over all that θ can be, and where it stands.
  function drawOverTheta({ canvas }, kind, low, high, ticks, withStrip) {
    const sheet = begin(canvas);
    if (!sheet) return;
    const { c, width, height, ink } = sheet, place = alongTheta(width), top = withStrip ? 30 : 10;
    const up = (v) => height - 34 - ((v - low) / (high - low)) * (height - 34 - top);
    axisBelow(sheet, place, -line.slide, line.slide, words.thetaAxis, up(high));
    axisLeft(sheet, up, ticks, 0);
    c.strokeStyle = c.fillStyle = ink;
    c.globalAlpha = 0.35;
    path(c, [[LEFT, up(0)], [width - RIGHT, up(0)]]);
    if (withStrip) {
      c.setLineDash([2, 3]);
      path(c, [[LEFT, up(high)], [width - RIGHT, up(high)]]);
      c.setLineDash([]);
      c.globalAlpha = 0.85;
      write(c, "∞", LEFT - 6, 15, "right", "middle");
    }
    c.globalAlpha = 0.8;
    path(c, [[place(thetaAt(state.at)), 4], [place(thetaAt(state.at)), height - 34]]);
    c.globalAlpha = 1;
    if (!table) return;
    Object.keys(words.measures).reverse().forEach((name, row) => {
      const values = table[kind][name], dash = DASHES[name];
      c.strokeStyle = c.fillStyle = colours[name];
      c.lineWidth = name === "w1" ? 3.4 : 2.2;
      c.setLineDash(dash);
      c.save();
      c.beginPath();
      c.rect(LEFT, up(high) - 1, width - LEFT - RIGHT, up(low) - up(high) + 2);
      c.clip();
      c.beginPath();
      let on = false;
      values.forEach((v, k) => {
        const here = [place(thetaAt(k - farthest())), up(v)];
        if (!Number.isFinite(v)) on = false;
        else if (on && !jumps(name, values, k)) c.lineTo(...here);
        else {
          c.moveTo(...here);
          on = true;
        }
      });
      c.stroke();
      c.setLineDash([]);
      values.forEach((v, k) => {
        const alone = !Number.isFinite(values[k - 1]) && !Number.isFinite(values[k + 1]);
        if (Number.isFinite(v) && (alone || jumps(name, values, k) && jumps(name, values, k + 1))) {
          dot(c, place(thetaAt(k - farthest())), up(v), 3.5);
        }
      });
      c.restore();
      // Two rows, for both kinds of KL may be infinite at once.
      values.forEach((v, k) => {
        if (v === Infinity) dot(c, place(thetaAt(k - farthest())), row ? 20 : 11, 2);
      });
      const here = values[now()];
      if (Number.isFinite(here) && here >= low && here <= high) {
        dot(c, place(thetaAt(state.at)), up(here), 5.5);
      }
    });
    c.lineWidth = 1;
  }

  // Only two points jump: from nothing to the most there is.
  const jumps = (name, values, k) =>
    name !== "w1" && state.p === "point" && state.q === "point" && values === table.values[name] &&
    (k === farthest() || k === farthest() + 1);

  function dot(c, a, b, radius) {
    c.beginPath();
    c.arc(a, b, radius, 0, 7);
    c.fill();
  }

  function makeNumbers() {
    const head = element("tr", "");
    head.append(...["", words.value, words.slope, ""].map((word) => element("th", "", word)));
    numbers.replaceChildren(head, ...Object.entries(words.measures).map(([name, title]) => {
      const row = element("tr", ""), first = element("th", "measure"), end = element("td", "");
      const key = element("span", "key"), [on, off] = DASHES[name], go = element("button", "go", "▶");
      key.style.background = off
        ? `repeating-linear-gradient(90deg, ${colours[name]} 0 ${on}px, transparent ${on}px ${on + off}px)`
        : colours[name];
      first.append(key, title);
      go.type = "button";
      go.title = `${words.follow} (${title})`;
      go.setAttribute("aria-label", go.title);
      go.addEventListener("click", () => follow(name));
      end.append(go);
      row.dataset.measure = name;
      row.append(first, element("td", "values"), element("td", "slopes"), end);
      return row;
    }));
  }

  function showNumbers() {
    for (const name of Object.keys(words.measures)) {
      for (const kind of ["values", "slopes"]) {
        const cell = numbers.querySelector(`tr[data-measure=${name}] .${kind}`);
        cell.textContent = table ? text(table[kind][name][now()]) : "–";
        cell.dataset.value = table ? table[kind][name][now()] : "";
      }
    }
  }

  function draw() {
    problem.textContent = [linkProblem, table ? "" : words.empty].filter(Boolean).join(" ");
    theta.input.value = thetaAt(state.at);
    theta.value.textContent = text(thetaAt(state.at), 2);
    wide.value.textContent = text(state.wide, 2);
    showNumbers();
    drawStage();
    drawCdf();
    drawCritics();
    drawPlan();
    const ticks = [0, 1, 2, 3, 4];
    drawOverTheta(curves, "values", 0, TOP_VALUE, ticks, true);
    drawOverTheta(gradients, "slopes", -TOP_SLOPE, TOP_SLOPE, [-1, 0, 1], false);
    host.dataset.theta = thetaAt(state.at);
  }

  function showControls() {
    for (const name of ["p", "q"]) picks[name].select.value = state[name];
    wide.input.value = state.wide;
    wide.input.disabled = state.q === "point" || state.q === "drawn";
    penButtons.forEach((button) => button.setAttribute("aria-pressed", button.dataset.pen === pen));
    stage.canvas.dataset.pen = pen;
    stage.note.textContent = pen === "slide" ? words.slideNote : words.drawNote;
  }

  // Two parallel lines, seen along them.
  function showExample() {
    halt();
    for (const name of ["p", "q"]) setShape(name, "point");
    renew();
    remember();
  }

  // Moving q, and drawing bars.

  function moveTo(at) {
    at = clamp(Math.round(at), -farthest(), farthest());
    if (at === state.at) return;
    state.at = at;
    draw();
  }

  function takePen(name) {
    halt();
    pen = name;
    if (name !== "slide") setShape(name, "drawn");
    renew();
    remember();
  }

  function level(k, value) {
    if (Math.abs(k) > half) return;
    state.bars[pen][k + half] = clamp(Math.round(value), 0, LEVELS);
  }

  // The bars between where the pen was and where it is.
  function drawTo(event) {
    const box = stage.canvas.getBoundingClientRect();
    const { tops, depth } = stageLayout(box.height), cell = (box.width - LEFT - RIGHT) / (2 * VIEW);
    const at = (event.clientX - box.left - LEFT) / cell - VIEW;
    const high = (event.clientY - box.top - tops[pen]) * (pen === "p" ? -1 : 1);
    const here = [Math.round(at / line.step) - (pen === "q" ? state.at : 0), (high / (depth - 4)) * LEVELS];
    const from = last ?? here, count = Math.max(1, Math.abs(here[0] - from[0]));
    for (let i = 0; i <= count; i++) {
      level(from[0] + Math.round(((here[0] - from[0]) * i) / count),
        from[1] + ((here[1] - from[1]) * i) / count);
    }
    last = here;
    cursor = clamp(here[0], -half, half);
    renew();
  }

  let grip = null;
  stage.canvas.addEventListener("pointerdown", (event) => {
    if (event.button || pointer !== null) return;
    halt();
    pointer = event.pointerId;
    stage.canvas.setPointerCapture(pointer);
    grip = { x: event.clientX, at: state.at };
    last = null;
    if (pen !== "slide") drawTo(event);
  });
  stage.canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    if (pen !== "slide") drawTo(event);
    else {
      const box = stage.canvas.getBoundingClientRect();
      const cell = ((box.width - LEFT - RIGHT) * line.step) / (2 * VIEW);
      moveTo(grip.at + (event.clientX - grip.x) / cell);
    }
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    stage.canvas.addEventListener(name, () => {
      if (pointer !== null) remember();
      pointer = null;
    });
  }
  stage.canvas.tabIndex = 0;
  stage.canvas.setAttribute("role", "application");
  stage.canvas.addEventListener("keydown", (event) => {
    const by = ARROW_STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    halt();
    if (pen === "slide") {
      moveTo(state.at + by[0]);
      if (by[1] && !wide.input.disabled) widen(state.wide - by[1] * WIDTHS.step);
    } else {
      cursor = clamp(cursor + by[0], -half, half);
      level(cursor, state.bars[pen][cursor + half] - by[1]);
      renew();
    }
    remember();
  });
  // The curves are a way to slide as well.
  for (const { canvas } of [curves, gradients]) {
    const slide = (event) => {
      if (!event.buttons) return;
      halt();
      const box = canvas.getBoundingClientRect();
      const share = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
      moveTo((2 * share - 1) * farthest());
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      slide(event);
    });
    canvas.addEventListener("pointermove", slide);
    canvas.addEventListener("pointerup", remember);
  }

  function widen(value) {
    state.wide = clamp(Math.round(value / WIDTHS.step) * WIDTHS.step, WIDTHS.low, WIDTHS.high);
    renew();
  }

  theta.input.addEventListener("input", () => {
    halt();
    moveTo(Number(theta.input.value) / line.step);
  });
  wide.input.addEventListener("input", () => widen(Number(wide.input.value)));
  for (const { input } of [theta, wide]) input.addEventListener("change", remember);

  // A generator whose only parameter is θ follows the gradient of one measure.

  function follow(name) {
    halt();
    if (!table) return;
    let sliding = state.at;
    const stop = (sentence) => {
      halt();
      said.textContent = sentence.replace("{theta}", text(thetaAt(state.at), 2))
        .replace("{measure}", words.measures[name]).replace("{value}", text(table.values[name][now()]))
        .replace("{slope}", text(table.slopes[name][now()]));
      remember();
    };
    const step = () => {
      const found = table.slopes[name], place = sliding + farthest();
      const low = clamp(Math.floor(place), 0, found.length - 2);
      const slope = place === low ? found[low] : found[low] + (place - low) * (found[low + 1] - found[low]);
      if (Number.isNaN(slope)) return stop(words.noGradient);
      if (Math.abs(slope) < STILL) return stop(words.still);
      // One place at most: the slope of KL can be steep.
      const before = sliding;
      sliding = clamp(sliding - clamp((LEARNING_RATE * slope) / line.step, -1, 1), -farthest(), farthest());
      if (sliding === before) return stop(words.still);
      moveTo(sliding);
    };
    said.textContent = "";
    timer = setInterval(step, FRAME_MS);
    step();
  }

  function halt() {
    clearInterval(timer);
    timer = 0;
    said.textContent = "";
  }

  // The link.

  let linkProblem = "";

  const barText = (bars) => bars.map((v) => v.toString(36)).join("");

  function remember() {
    putInLink({
      p: state.p, q: state.q, theta: thetaAt(state.at), wide: Number(state.wide.toFixed(2)),
      p_bars: state.p === "drawn" ? barText(state.bars.p) : null,
      q_bars: state.q === "drawn" ? barText(state.bars.q) : null,
    });
  }

  function recall() {
    const problems = [];
    const unknown = (name, value) => problems.push(
      words.unknown.replace("{name}", name).replace("{value}", value.slice(0, 60)));
    const number = (name, low, high, usual) => {
      const asked = inLink(name);
      if (asked === null) return usual;
      if (asked !== "" && Number.isFinite(Number(asked))) return clamp(Number(asked), low, high);
      unknown(name, asked);
      return usual;
    };
    for (const name of ["p", "q"]) {
      const asked = inLink(name), bars = inLink(`${name}_bars`);
      if (bars !== null && !(bars.length === 2 * half + 1 && /^[0-9a-z]+$/.test(bars))) {
        unknown(`${name}_bars`, bars);
      } else if (bars !== null) state.bars[name] = [...bars].map((v) => parseInt(v, 36));
      if (asked === null) continue;
      if (!(asked in words.shapes)) unknown(name, asked);
      else if (asked === "drawn" && state.bars[name]) state[name] = asked;
      else setShape(name, asked);
    }
    state.at = Math.round(number("theta", -line.slide, line.slide, 3) / line.step);
    state.wide = number("wide", WIDTHS.low, WIDTHS.high, 1);
    linkProblem = problems.join(" ");
  }

  saveNumbers.addEventListener("click", () => {
    const names = Object.keys(words.measures);
    const rows = [["theta", ...names, ...names.map((name) => `d_${name}`)].join(",")];
    const written = (v) => (Number.isNaN(v) ? "" : v === Infinity ? "inf" : v);
    if (table) table.all.forEach((_q, k) => rows.push([thetaAt(k - farthest()),
      ...["values", "slopes"].flatMap((kind) => names.map((name) => written(table[kind][name][k])))].join(",")));
    saveBlob(new Blob([`${rows.join("\n")}\n`], { type: "text/csv" }), "transport.csv");
  });

  const observer = new ResizeObserver(() => words && draw());
  observer.observe(host);

  function say() {
    picks.p.text.textContent = words.p;
    picks.q.text.textContent = words.q;
    for (const { select } of Object.values(picks)) {
      select.replaceChildren(...Object.entries(words.shapes).map(([name, title]) => {
        const option = element("option", "", title);
        option.value = name;
        return option;
      }));
    }
    theta.text.textContent = words.theta;
    wide.text.textContent = words.wide;
    penButtons.forEach((button) => { button.textContent = words.pens[button.dataset.pen]; });
    pens.setAttribute("aria-label", words.pensLabel);
    example.textContent = words.example;
    for (const [name, part] of Object.entries({ stage, cdf, real, critic, plan: board, curves, gradients })) {
      part.title.textContent = words.titles[name];
      part.canvas.setAttribute("aria-label", words.titles[name]);
      part.note.textContent = words.notes[name] ?? "";
    }
    makeNumbers();
    nameSaves(host, words.save);
  }

  return {
    update({ data }) {
      const first = !words;
      ({ words, line, palette: colours } = data);
      x = placesOf(line);
      half = Math.round(line.slide / line.step);
      Object.assign(theta.input, { min: -line.slide, max: line.slide, step: line.step });
      say();
      if (first) recall();
      renew();
      host.dataset.ready = "yes";
    },
    end() {
      halt();
      observer.disconnect();
    },
  };
}

const DASHES = { w1: [], js: [], tv: [14, 3], kl: [7, 5], reverse: [3, 4] };

export default function (component) {
  return mountOnce(component, buildMover);
}
