// One latent plane under several β: cloud, manifold and samples change together with the slider.

const GRID = 15;
const DRAWS = 6;
const MORPH_MS = 350;
const SVG = "http://www.w3.org/2000/svg";

function buildBetas(root) {
  const host = root.querySelector(".betas-host");
  const control = element("label", "control"), name = element("span", "betaName");
  const slider = document.createElement("input"), marks = element("div", "marks");
  slider.type = "range";
  const track = element("div", "track");
  track.append(slider, marks);
  control.append(name, track);
  const facts = element("div", "facts");
  const panel = (canvas) => {
    const figure = element("figure", "panel"), title = element("figcaption", "title");
    figure.append(title, canvas);
    return { figure, title, canvas };
  };
  const cloud = panel(element("canvas", "cloud"));
  const board = panel(crispCanvas(SIDE, SIDE, "square"));
  const samples = panel(crispCanvas(SIDE, SIDE, "square"));
  const chart = panel(document.createElementNS(SVG, "svg"));
  chart.canvas.setAttribute("class", "chart");
  [cloud, board, samples].forEach((p) => p.canvas.setAttribute("role", "img"));
  cloud.figure.append(saveButton(cloud.canvas, "codes"));
  board.figure.append(saveButton(board.canvas, "manifold"));
  samples.figure.append(saveButton(samples.canvas, "samples", 4));
  chart.figure.append(saveButton(chart.canvas, "rate-distortion"));
  const stage = element("div", "stage");
  stage.append(cloud.figure, board.figure, samples.figure, chart.figure);
  host.replaceChildren(control, facts, stage);

  const manifold = tilePainter(board.canvas), draws = tilePainter(samples.canvas);
  let told, words, members = [], labels, colours, chosen = 0, points = null, frame = 0, seen;
  const noise = Float32Array.from({ length: 2 * DRAWS * DRAWS }, (() => {
    const random = seeded(7);
    return () => normal(random);
  })());

  const view = planeView({ x: 0, y: 0, reach: 4 });
  const figures = (v, n = 1) => v.toLocaleString(words.lang, {
    minimumFractionDigits: n, maximumFractionDigits: n,
  });
  const betaText = (beta) => beta.toLocaleString(words.lang);

  // The planes are turned so that the classes lie alike: z = shown · Rᵀ.
  const codeAt = (member, x, y) => {
    const [a, b, c, d] = member.turn;
    return [x * a + y * b, x * c + y * d];
  };

  function drawCloud(from, to, share) {
    const between = share >= 1 ? to : to.map((v, i) => from[i] + share * (v - from[i]));
    points = between;
    const box = cloud.canvas.getBoundingClientRect();
    if (!box.width) return;
    fitToScreen(cloud.canvas, box);
    const radius = 1.2 * cloud.canvas.width / box.width;
    drawPoints(cloud.canvas, view, between, labels, colours, { radius });
  }

  function show(index, morph = true) {
    chosen = index;
    const member = members[index], from = points ?? member.points, began = performance.now();
    slider.value = index;
    slider.setAttribute("aria-valuetext", `β = ${betaText(member.beta)}`);
    cancelAnimationFrame(frame);
    const step = () => {
      const time = (performance.now() - began) / MORPH_MS;
      const share = morph && !REDUCED_MOTION ? Math.min(1, time) : 1;
      drawCloud(from, member.points, share * share * (3 - 2 * share));
      if (share < 1) frame = requestAnimationFrame(step);
    };
    step();
    manifold.paint({
      decode: member.decode, rows: GRID, columns: GRID,
      codeAt: (row, column) => codeAt(member,
        normalQuantile((column + 0.5) / GRID), normalQuantile(1 - (row + 0.5) / GRID)),
    });
    draws.paint({
      decode: member.decode, rows: DRAWS, columns: DRAWS,
      codeAt: (row, column) => {
        const at = 2 * (row * DRAWS + column);
        return codeAt(member, noise[at], noise[at + 1]);
      },
      done: () => { host.dataset.shown = member.beta; },
    });
    name.textContent = `β = ${betaText(member.beta)}`;
    facts.textContent = words.facts
      .replace("{rate}", figures(member.rate)).replace("{distortion}", figures(member.distortion))
      .replace("{bound}", figures(member.rate + member.distortion));
    drawChart();
  }

  function drawChart() {
    const svg = chart.canvas, w = 320, h = 320, left = 52, right = 14, top = 14, bottom = 46;
    svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", words.chart);
    const rates = members.map((m) => m.rate), distortions = members.map((m) => m.distortion);
    const pad = (list) => {
      const low = Math.min(...list), high = Math.max(...list), more = 0.12 * (high - low || 1);
      return [low - more, high + more];
    };
    const [x0, x1] = pad(rates), [y0, y1] = pad(distortions);
    const px = (v) => left + ((v - x0) / (x1 - x0)) * (w - left - right);
    const py = (v) => h - bottom - ((v - y0) / (y1 - y0)) * (h - top - bottom);
    const nodes = [];
    const add = (tag, attributes, text = "") => {
      const node = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      node.textContent = text;
      nodes.push(node);
      return node;
    };
    add("path", { class: "axis", d: `M${left} ${top}V${h - bottom}H${w - right}` });
    for (const x of roundTicks(x0, x1)) {
      add("text", { x: px(x), y: h - bottom + 18, "text-anchor": "middle" }, figures(x, 0));
    }
    for (const y of roundTicks(y0, y1)) {
      add("text", { x: left - 5, y: py(y) + 5, "text-anchor": "end" }, figures(y, 0));
    }
    add("text", { x: (left + w - right) / 2, y: h - 6, "text-anchor": "middle" }, words.rate);
    add("text", {
      x: 14, y: (top + h - bottom) / 2, "text-anchor": "middle",
      transform: `rotate(-90 14 ${(top + h - bottom) / 2})`,
    }, words.distortion);
    // All points of one such line have the same bound on −log p(x).
    const best = Math.min(...members.map((m) => m.rate + m.distortion));
    const clip = add("clipPath", { id: "inside" });
    const box = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries({
      x: left, y: top, width: w - left - right, height: h - top - bottom,
    })) box.setAttribute(key, value);
    clip.append(box);
    add("line", {
      class: "bound", "clip-path": "url(#inside)",
      x1: px(x0), y1: py(best - x0), x2: px(x1), y2: py(best - x1),
    });
    add("polyline", {
      class: "curve", points: members.map((m) => `${px(m.rate)},${py(m.distortion)}`).join(" "),
    });
    members.forEach((m, i) => {
      const dot = add("circle", {
        class: i === chosen ? "dot chosen" : "dot", cx: px(m.rate), cy: py(m.distortion),
        r: i === chosen ? 8 : 5,
      });
      dot.addEventListener("click", () => pick(i));
      add("text", {
        class: i === chosen ? "mark chosen" : "mark",
        x: px(m.rate) + 10, y: py(m.distortion) - 8,
      }, betaText(m.beta));
    });
    svg.replaceChildren(...nodes);
  }

  function pick(index) {
    if (index === chosen) return;
    show(index);
    putInLink({ beta: members[index].beta });
  }

  slider.addEventListener("input", () => pick(Number(slider.value)));
  const observer = new ResizeObserver(() => {
    if (members.length) drawCloud(points, members[chosen].points, 1);
  });
  observer.observe(cloud.canvas);

  function begin(metadata, arrays) {
    told = JSON.parse(metadata.told);
    labels = arrays.labels.data;
    colours = told.palette.map(rgbOf);
    const model = JSON.parse(metadata.model);
    members = told.members.map((member, i) => {
      const codes = arrays[`codes${i}`].data, [a, b, c, d] = member.turn;
      const turned = new Float32Array(codes.length);
      for (let k = 0; k < codes.length; k += 2) {
        turned[k] = codes[k] * a + codes[k + 1] * c;
        turned[k + 1] = codes[k] * b + codes[k + 1] * d;
      }
      return { ...member, points: turned, decode: buildDecoder(arrays, model, `b${i}.decoder.`) };
    });
    Object.assign(slider, { min: 0, max: members.length - 1, step: 1 });
    marks.replaceChildren(...members.map((m) => element("span", "mark", betaText(m.beta))));
    const asked = inLink("beta");
    let start = members.findIndex((m) => m.beta === Number(asked));
    if (start < 0) {
      // The nearest one that there is; 1, the VAE itself, where the link asks for none.
      const wanted = asked !== null && Number.isFinite(Number(asked)) ? Number(asked) : 1;
      const far = members.map((m) => Math.abs(m.beta - wanted));
      start = far.indexOf(Math.min(...far));
    }
    show(start, false);
    host.dataset.ready = "yes";
  }

  return {
    update({ data }) {
      const { metadata, arrays } = readSafetensors(data);
      words = JSON.parse(metadata.words);
      slider.setAttribute("aria-label", "β");
      cloud.title.textContent = words.cloud;
      board.title.textContent = words.manifold;
      samples.title.textContent = words.samples;
      chart.title.textContent = words.chart;
      nameSaves(host, words.save);
      if (seen === metadata.name) show(chosen, false);
      else begin(metadata, arrays);
      seen = metadata.name;
    },
    end() {
      cancelAnimationFrame(frame);
      manifold.stop();
      draws.stop();
      observer.disconnect();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildBetas);
}
