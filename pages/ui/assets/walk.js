// Three walks between two digits: as rows of steps, as a film, and what their ways are like.

const SECONDS = 4;
const CURVE_POINTS = 41;
const CHART_MARGIN = { left: 46, right: 10, top: 8, bottom: 20 };

function buildWalk(root) {
  const host = root.querySelector(".walk-host");
  const tools = element("div", "tools"), rows = element("div", "rows");
  const charts = element("div", "charts"), problem = element("div", "problem");
  problem.setAttribute("role", "status");
  const play = element("button", "play");
  play.type = "button";
  const time = slider("time", 0, 1, 0.01), steps = slider("steps", 2, 3, 1);
  const saveAll = element("button", "save");
  saveAll.type = "button";
  saveAll.dataset.kind = "PNG";
  tools.append(play, time.label, steps.label, saveAll);
  const norm = chart("norm"), fullness = chart("fullness");
  charts.append(norm.box, fullness.box);
  host.replaceChildren(problem, tools, rows, charts);

  let told, words, decode, arrays, walks = [], cells = [], curves = null, set = () => {};
  let going = false, frame = 0, begun = 0;

  function slider(name, min, max, step) {
    const label = element("label", "control"), text = element("span", "controlName");
    const input = document.createElement("input"), value = element("output", "value");
    Object.assign(input, { type: "range", min, max, step, className: name });
    label.append(text, input, value);
    return { label, text, input, value };
  }

  function chart(name) {
    const box = element("figure", "chart"), title = element("figcaption", "title");
    const canvas = element("canvas", name), readout = element("div", "readout");
    const note = element("div", "note"), save = saveButton(canvas, `walk-${name}`);
    canvas.setAttribute("role", "img");
    box.append(title, canvas, readout, note, save);
    return { box, title, canvas, readout, note, save };
  }

  const evenly = (n) => Array.from({ length: n }, (_, k) => k / (n - 1));
  const t = () => Number(time.input.value);
  const count = () => Number(steps.input.value);
  const decimals = (value, digits) => value.toLocaleString(words.lang, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  const short = (value) => value.toLocaleString(words.lang, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

  // Each walk: its code, if it has one, and its pictures in [0, 1] at times t.
  function prepare() {
    const { codes, pictures } = arrays, d = codes.shape[1];
    const [a, b] = [0, 1].map((i) => codes.data.slice(i * d, (i + 1) * d));
    const [x, y] = [0, 1].map((i) =>
      Float32Array.from(pictures.data.subarray(784 * i, 784 * (i + 1)), (v) => v / 255));
    const fade = straightPath(x, y);
    const through = (path) => ({
      code: path,
      pictures(times) {
        const flat = new Float32Array(times.length * d);
        times.forEach((at, i) => flat.set(path(at), i * d));
        const pixels = decode(flat, times.length);
        return times.map((_at, i) => pixels.subarray(784 * i, 784 * (i + 1)));
      },
    });
    walks = [
      through(straightPath(a, b)),
      through(sphericalPath(a, b)),
      { pictures: (times) => times.map(fade) },
    ];
    curves = null;
  }

  // The curves of both charts, a list of values each, once the pictures stand.
  const traceSoon = whenQuiet(() => {
    const times = evenly(CURVE_POINTS);
    curves = {
      norm: walks.map(({ code }) => code && times.map((at) => normOf(code(at)))),
      fullness: walks.map(({ pictures }) => pictures(times).map(inkFullness)),
    };
    drawCharts();
    host.dataset.traced = "yes";
  }, 60);

  function makeRows() {
    cells = told.walks.map((walk) => {
      const name = element("div", "name"), title = element("div", "title", walk.title);
      name.style.setProperty("--colour", walk.colour);
      name.append(title, element("div", "note", walk.note));
      const digit = crispCanvas(SIDE, SIDE, "digit");
      const strip = crispCanvas(SIDE, SIDE, "strip");
      [digit, strip].forEach((canvas) => canvas.setAttribute("role", "img"));
      digit.setAttribute("aria-label", walk.title);
      strip.setAttribute("aria-label", `${walk.title}: ${words.steps}`);
      const row = element("div", "row");
      row.dataset.walk = walk.key;
      const band = element("div", "band");
      band.append(strip);
      row.append(name, digit, band);
      return { row, digit, strip };
    });
    rows.replaceChildren(...cells.map((cell) => cell.row));
  }

  function drawSteps() {
    const n = count(), started = performance.now();
    cells.forEach(({ strip }, i) => {
      strip.width = n * (SIDE + 1) - 1;
      const context = strip.getContext("2d");
      walks[i].pictures(evenly(n)).forEach((pixels, k) =>
        context.putImageData(digitImage(pixels), k * (SIDE + 1), 0));
    });
    host.dataset.stepsMs = (performance.now() - started).toFixed(1);
    steps.value.textContent = n;
    host.dataset.steps = n;
    host.style.setProperty("--steps", n);
  }

  function drawTime() {
    const started = performance.now();
    cells.forEach(({ digit }, i) =>
      digit.getContext("2d").putImageData(digitImage(walks[i].pictures([t()])[0]), 0, 0));
    host.dataset.decodeMs = (performance.now() - started).toFixed(2);
    time.value.textContent = decimals(t(), 2);
    drawCharts();
  }

  function drawCharts() {
    if (!curves) return;
    drawChart(norm, told.bands.norm, curves.norm);
    drawChart(fullness, told.bands.fullness, curves.fullness);
  }

  // A curve between its points.
  function valueOf(curve, at) {
    const place = at * (CURVE_POINTS - 1), low = Math.min(CURVE_POINTS - 2, Math.floor(place));
    return curve[low] + (place - low) * (curve[low + 1] - curve[low]);
  }

  // One line a walk over t, a grey band, and where t stands now.
  function drawChart({ canvas, readout }, band, lines) {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    fitToScreen(canvas, box);
    const ratio = canvas.width / box.width, context = canvas.getContext("2d");
    const { left, right, top, bottom } = CHART_MARGIN;
    const style = getComputedStyle(host), ink = style.getPropertyValue("--st-text-color");
    const most = 1.08 * Math.max(1e-6, ...band, ...lines.flatMap((curve) => curve ?? []));
    const x = (at) => left + at * (box.width - left - right);
    const y = (value) => box.height - bottom - (value / most) * (box.height - top - bottom);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = style.getPropertyValue("--st-background-color");
    context.fillRect(0, 0, box.width, box.height);
    context.font = `12px ${style.getPropertyValue("--st-font")}`;
    context.fillStyle = context.strokeStyle = ink;
    context.globalAlpha = 0.14;
    context.fillRect(x(0), y(band[1]), x(1) - x(0), y(band[0]) - y(band[1]));
    context.globalAlpha = 0.35;
    context.lineWidth = 1;
    [[x(0), y(0), x(1), y(0)], [x(0), y(0), x(0), top], [x(t()), y(0), x(t()), top]].forEach(
      ([x0, y0, x1, y1]) => stroke(context, [[x0, y0], [x1, y1]]));
    context.globalAlpha = 0.85;
    context.textAlign = "right";
    context.textBaseline = "middle";
    roundTicks(0, most).forEach((value) => context.fillText(short(value), left - 6, y(value)));
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText("t = 0", x(0), box.height - 5);
    context.textAlign = "right";
    context.fillText("t = 1", x(1), box.height - 5);
    context.globalAlpha = 1;
    context.lineWidth = 2.2;
    readout.replaceChildren(element("span", "", words.at.replace("{t}", decimals(t(), 2))));
    lines.forEach((curve, i) => {
      if (!curve) return;
      const { colour, title } = told.walks[i], now = valueOf(curve, t());
      context.strokeStyle = context.fillStyle = colour;
      stroke(context, curve.map((value, k) => [x(k / (CURVE_POINTS - 1)), y(value)]));
      context.beginPath();
      context.arc(x(t()), y(now), 4, 0, 7);
      context.fill();
      const item = element("span", "item", `${title} ${short(now)}`);
      item.style.setProperty("--colour", colour);
      readout.append(item);
    });
  }

  function stroke(context, points) {
    context.beginPath();
    points.forEach(([x, y]) => context.lineTo(x, y));
    context.stroke();
  }

  // There and back; a step at a time for those who want little motion.
  function run(now) {
    if (!going) return;
    const phase = ((now - begun) / 1000 / SECONDS) % 2;
    let at = phase < 1 ? phase : 2 - phase;
    if (REDUCED_MOTION) at = Math.round(at * (count() - 1)) / (count() - 1);
    if (at.toFixed(3) !== t().toFixed(3)) {
      time.input.value = at;
      drawTime();
    }
    frame = requestAnimationFrame(run);
  }

  function turn(on) {
    going = on;
    cancelAnimationFrame(frame);
    play.textContent = on ? `❚❚ ${words.pause}` : `▶ ${words.play}`;
    play.setAttribute("aria-pressed", on);
    if (on) {
      // From where t stands, or from the start if that is the end.
      begun = performance.now() - (t() < 1 ? t() : 0) * SECONDS * 1000;
      frame = requestAnimationFrame(run);
    }
  }

  function remember() {
    putInLink({ t: Number(t().toFixed(2)) });
  }

  // What the link asks for; what is out of range is clamped, what can't be read is said.
  function recall() {
    const [fewest, most, usual] = told.steps, problems = [];
    const asked = (name, low, high, usually) => {
      const text = inLink(name);
      if (text === null) return usually;
      if (text !== "" && Number.isFinite(Number(text))) return clamp(Number(text), low, high);
      problems.push(words.unknown.replace("{name}", name).replace("{value}", text.slice(0, 60)));
      return usually;
    };
    Object.assign(steps.input, { min: fewest, max: most });
    const n = inLink("steps");
    steps.input.value = n && Number.isFinite(Number(n)) ? clamp(Number(n), fewest, most) : usual;
    time.input.value = asked("t", 0, 1, 0.5);
    problem.textContent = problems.join(" ");
  }

  function saveRows() {
    const wide = cells[0].strip.width, all = document.createElement("canvas");
    all.width = wide;
    all.height = cells.length * (SIDE + 1) - 1;
    const context = all.getContext("2d");
    context.fillRect(0, 0, all.width, all.height);
    cells.forEach(({ strip }, i) => context.drawImage(strip, 0, i * (SIDE + 1)));
    savePicture(all, "walk", 8);
  }

  play.addEventListener("click", () => {
    turn(!going);
    if (!going) remember();
  });
  time.input.addEventListener("input", () => {
    if (going) turn(false);
    drawTime();
  });
  time.input.addEventListener("change", remember);
  steps.input.addEventListener("input", drawSteps);
  // Python must know the steps, for the films, and puts them into the link.
  steps.input.addEventListener("change", () => set("steps", count()));
  saveAll.addEventListener("click", saveRows);
  const observer = new ResizeObserver(() => told && drawCharts());
  observer.observe(host);

  function say() {
    time.text.textContent = words.time;
    steps.text.textContent = words.steps;
    nameSaves(charts, words.save);
    nameSaves(tools, words.saveAll);
    for (const [part, name] of [[norm, "norm"], [fullness, "fullness"]]) {
      part.title.textContent = words[name];
      part.note.textContent = words[`${name}Note`];
      part.canvas.setAttribute("aria-label", words[name]);
    }
  }

  let name;
  return {
    update({ data, setTriggerValue }) {
      set = setTriggerValue;
      const first = !told, blob = readSafetensors(data);
      arrays = blob.arrays;
      told = JSON.parse(blob.metadata.told);
      words = JSON.parse(blob.metadata.words);
      if (name !== blob.metadata.name) decode = buildDecoder(arrays, JSON.parse(blob.metadata.model));
      name = blob.metadata.name;
      if (first) recall();
      prepare();
      makeRows();
      say();
      turn(going);
      drawSteps();
      drawTime();
      traceSoon();
      host.dataset.ready = "yes";
    },
    end() {
      going = false;
      cancelAnimationFrame(frame);
      traceSoon.cancel();
      observer.disconnect();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildWalk);
}
