// Two groups of scores and a threshold that moves: histogram, confusion and ROC follow it.

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 1000;
const BINS = 60;
const FAR = 300;

// How many of rising values are above a threshold.
function countAbove(rising, threshold) {
  let low = 0, high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] > threshold) high = middle;
    else low = middle + 1;
  }
  return rising.length - low;
}

function buildAlarm(root) {
  const host = root.querySelector(".alarm-host");
  const chart = document.createElementNS(SVG, "svg"), curve = document.createElementNS(SVG, "svg");
  chart.setAttribute("class", "chart histogram");
  curve.setAttribute("class", "chart roc");
  [chart, curve].forEach((svg) => svg.setAttribute("role", "img"));
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: STEPS, step: 1 });
  const key = element("div", "key"), control = element("label", "control");
  const name = element("span", "controlName"), shown = element("span", "shown");
  control.append(name, shown);
  const table = element("table", "counts"), facts = element("div", "facts");
  facts.setAttribute("role", "status");
  const title = element("figcaption", "title");
  const left = element("figure", "panel wide"), right = element("figure", "panel");
  const middle = element("div", "panel verdict");
  left.append(key, chart, slider, control, saveButton(chart, "histogram"));
  middle.append(table, facts);
  right.append(title, curve, saveButton(curve, "roc"));
  const stage = element("div", "stage");
  stage.append(left, middle, right);
  host.replaceChildren(stage);

  let words, told, groups, pca, seen, low, high, bins, threshold, send, frame = 0;
  const edge = { left: 46, right: 12, top: 26, bottom: 44 };

  const share = (value, digits = 1) => (100 * value).toLocaleString(words.lang, {
    maximumFractionDigits: digits,
  }) + "\u00a0%";
  const precise = (value) => value.toLocaleString(words.lang, { maximumSignificantDigits: 3 });
  const at = (score) => Math.log(score / low) / Math.log(high / low);
  const scoreAt = (where) => Math.fround(low * (high / low) ** where);

  function drawer(svg, width, height) {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.style.height = `${height}px`;
    const nodes = [];
    return {
      add(tag, attributes, text = "") {
        const node = document.createElementNS(SVG, tag);
        for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
        node.textContent = text;
        nodes.push(node);
      },
      done: () => svg.replaceChildren(...nodes),
    };
  }

  function counted(scores) {
    const heights = new Float64Array(BINS);
    for (const score of scores) {
      heights[clamp(Math.floor(at(Math.max(score, low)) * BINS), 0, BINS - 1)] += 1 / scores.length;
    }
    return heights;
  }

  // 1, 2, 5, 10, … where they lie inside, thinned out where there are many.
  function scoreTicks() {
    const ticks = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++) {
      ticks.push(...[1, 2, 5].map((m) => m * 10 ** e));
    }
    const inside = ticks.filter((v) => v >= low && v <= high);
    const every = inside.length > 9 ? inside.filter((v) => /^1/.test(v.toExponential())) : inside;
    return every.length > 1 ? every : roundTicks(low, high);
  }

  function drawHistogram() {
    const width = chart.clientWidth, height = 270;
    if (!width) return;
    const { add, done } = drawer(chart, width, height);
    const inner = width - edge.left - edge.right, floor = height - edge.bottom;
    const x = (score) => edge.left + clamp(at(score), 0, 1) * inner;
    const top = 1.08 * Math.max(...bins.flatMap((b) => Array.from(b)));
    const y = (v) => floor - (v / top) * (floor - edge.top);
    add("rect", {
      class: "alarmed", x: x(threshold), y: edge.top, width: edge.left + inner - x(threshold),
      height: floor - edge.top,
    });
    bins.forEach((heights, g) => heights.forEach((v, i) => {
      if (!v) return;
      add("rect", {
        class: `bar ${g ? "foreign" : "normal"}`, x: edge.left + (i / BINS) * inner + 0.5,
        y: y(v), width: Math.max(1, inner / BINS - 1), height: floor - y(v),
      });
    }));
    add("path", { class: "axis", d: `M${edge.left} ${edge.top}V${floor}H${width - edge.right}` });
    for (const v of roundTicks(0, top, 3)) {
      add("text", { x: edge.left - 5, y: y(v) + 4, "text-anchor": "end" }, share(v, 0));
    }
    const wide = width > 520;
    const ticks = scoreTicks();
    ticks.filter((_, i) => wide || ticks.length < 6 || i % 2 === 0).forEach((v) => {
      add("text", { x: x(v), y: floor + 17, "text-anchor": "middle" }, precise(v));
      add("path", { class: "axis", d: `M${x(v)} ${floor}v4` });
    });
    add("text", { x: edge.left + inner / 2, y: height - 6, "text-anchor": "middle" }, words.score);
    add("path", { class: "threshold", d: `M${x(threshold)} ${edge.top - 4}V${floor}` });
    const late = at(threshold) > 0.6;
    add("text", {
      class: "strong", x: x(threshold) + (late ? -6 : 6), y: edge.top - 9,
      "text-anchor": late ? "end" : "start",
    }, late ? `${words.alarm} →` : `→ ${words.alarm}`);
    if (told.mark) {
      const px = x(told.mark);
      add("path", { class: "mark", d: `M${px - 7} ${edge.top + 2}h14l-7 12z` });
      add("path", { class: "markLine", d: `M${px} ${edge.top + 14}V${floor}` });
    }
    done();
  }

  function drawCurve() {
    const width = curve.clientWidth, height = Math.min(width, 330);
    if (!width) return;
    const { add, done } = drawer(curve, width, height);
    const box = { left: 46, right: 10, top: 8, bottom: 42 };
    const x = (v) => box.left + v * (width - box.left - box.right);
    const y = (v) => height - box.bottom - v * (height - box.top - box.bottom);
    const path = (xs, ys) => Array.from(xs, (v, i) => `${i ? "L" : "M"}${x(v)} ${y(ys[i])}`).join("");
    add("path", { class: "axis", d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}` });
    add("path", { class: "chance", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}` });
    for (const v of [0, 0.5, 1]) {
      add("text", { x: x(v), y: y(0) + 17, "text-anchor": v === 1 ? "end" : "middle" }, share(v));
      add("text", { x: x(0) - 5, y: y(v) + (v === 1 ? 9 : 4), "text-anchor": "end" }, share(v));
    }
    add("text", { x: x(0.5), y: height - 6, "text-anchor": "middle" }, words.falseRate);
    const up = (y(0) + y(1)) / 2;
    add("text", {
      x: 11, y: up, "text-anchor": "middle", transform: `rotate(-90 11 ${up})`,
    }, words.recall);
    add("path", { class: "curve pca", d: path(pca.x, pca.y) });
    add("path", { class: "curve model", d: path(groups.x, groups.y) });
    add("circle", { class: "point", cx: x(rate(0)), cy: y(rate(1)), r: 6 });
    // The curves bend to the upper left: their names stand below, on the right.
    [["model", words.model], ["pca", words.pca]].forEach(([kind, text], i) => {
      add("path", { class: `curve ${kind}`, d: `M${x(0.27)} ${y(0.19 - 0.1 * i) - 4}h22` });
      add("text", { x: x(0.27) + 28, y: y(0.19 - 0.1 * i) }, text);
    });
    done();
  }

  const above = (g) => countAbove(groups.rising[g], threshold);
  const rate = (g) => above(g) / groups.rising[g].length;

  function drawCounts() {
    const [normal, foreign] = [above(0), above(1)];
    const sizes = groups.rising.map((s) => s.length);
    const cell = (tag, text, small = "") => {
      const node = element(tag, "", text);
      if (small) node.append(element("small", "", small));
      return node;
    };
    const row = (...cells) => {
      const line = document.createElement("tr");
      line.append(...cells);
      return line;
    };
    const count = (n, of, kind, text) => {
      const node = cell("td", n.toLocaleString(words.lang), `${text} · ${share(n / of)}`);
      node.className = kind;
      return node;
    };
    table.replaceChildren(
      row(cell("td", ""), cell("th", words.alarm), cell("th", words.quiet)),
      row(cell("th", words.foreign), count(foreign, sizes[1], "right", words.caught),
        count(sizes[1] - foreign, sizes[1], "wrong", words.missed)),
      row(cell("th", words.normal), count(normal, sizes[0], "wrong", words.falseAlarms),
        count(sizes[0] - normal, sizes[0], "right", words.passed)),
    );
    const alarms = normal + foreign;
    facts.replaceChildren(
      element("div", "", `${words.precision} ${alarms ? share(foreign / alarms) : "–"}`),
      element("div", "", `${words.recall} ${share(foreign / sizes[1])}`),
    );
    if (told.mark) {
      const strange = told.mark > threshold;
      const text = (strange ? words.markAlarm : words.markQuiet)
        .replace("{score}", precise(told.mark));
      facts.append(element("div", "digit", text));
    }
    host.dataset.counts = [foreign, sizes[1] - foreign, normal, sizes[0] - normal].join();
  }

  function draw() {
    frame = 0;
    const began = performance.now();
    shown.textContent = precise(threshold);
    slider.setAttribute("aria-valuetext", precise(threshold));
    drawHistogram();
    drawCounts();
    drawCurve();
    host.dataset.drawMs = (performance.now() - began).toFixed(2);
    host.dataset.ready = seen;
  }
  const ask = () => { frame ||= requestAnimationFrame(draw); };
  // The server shows pictures at the threshold once it rests.
  const tell = whenQuiet(() => send("threshold", { view: seen, value: threshold }), 200);

  function move(where) {
    threshold = scoreAt(clamp(where, 0, 1));
    slider.value = Math.round(STEPS * at(threshold));
    ask();
    tell();
  }
  slider.addEventListener("input", () => move(slider.value / STEPS));
  const drag = (event) => {
    const box = chart.getBoundingClientRect();
    move((event.clientX - box.left - edge.left) / (box.width - edge.left - edge.right));
  };
  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    drag(event);
  });
  chart.addEventListener("pointermove", (event) => {
    if (chart.hasPointerCapture(event.pointerId)) drag(event);
  });

  // The ROC curve: both shares above each of the scores, the strictest threshold first.
  function rocOf([normal, foreign]) {
    const x = [0], y = [0];
    let i = normal.length - 1, j = foreign.length - 1;
    while (i >= 0 || j >= 0) {
      const score = Math.max(i >= 0 ? normal[i] : -Infinity, j >= 0 ? foreign[j] : -Infinity);
      while (i >= 0 && normal[i] === score) i--;
      while (j >= 0 && foreign[j] === score) j--;
      x.push(1 - (i + 1) / normal.length);
      y.push(1 - (j + 1) / foreign.length);
    }
    // Of a stretch along one axis the two ends are enough.
    const kept = x.map((v, k) => !(k && k < x.length - 1
      && ((v === x[k - 1] && v === x[k + 1]) || (y[k] === y[k - 1] && y[k] === y[k + 1]))));
    return { x: x.filter((_, k) => kept[k]), y: y.filter((_, k) => kept[k]) };
  }

  function begin(arrays) {
    const rising = [arrays.normal.data, arrays.foreign.data].map((s) => Float32Array.from(s).sort());
    groups = { rising, ...rocOf(rising) };
    pca = rocOf([arrays.pcaNormal.data, arrays.pcaForeign.data].map((s) => Float32Array.from(s).sort()));
    // What is far stranger than anything normal shares the last bin.
    high = Math.min(Math.max(rising[0].at(-1), rising[1].at(-1)), FAR * rising[0].at(-1)) * 1.05;
    low = Math.max(Math.min(rising[0][0], rising[1][0]) / 1.05, high * 1e-6);
    bins = rising.map(counted);
    threshold = told.threshold;
    slider.value = Math.round(STEPS * at(threshold));
  }

  const observer = new ResizeObserver(ask);
  observer.observe(host);

  return {
    update({ data, setStateValue }) {
      const { metadata, arrays } = readSafetensors(data);
      words = JSON.parse(metadata.words);
      told = JSON.parse(metadata.told);
      send = setStateValue;
      if (seen !== metadata.name) begin(arrays);
      seen = metadata.name;
      name.textContent = words.threshold;
      slider.setAttribute("aria-label", words.threshold);
      title.textContent = words.roc;
      chart.setAttribute("aria-label", words.histogram);
      curve.setAttribute("aria-label", words.roc);
      key.replaceChildren(
        element("span", "normal", words.normal), element("span", "foreign", words.foreign),
        ...(told.mark ? [element("span", "digit", words.mark)] : []),
      );
      nameSaves(host, words.save);
      ask();
    },
    end() {
      tell.cancel();
      cancelAnimationFrame(frame);
      observer.disconnect();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildAlarm);
}
