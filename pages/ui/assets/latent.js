// The latent space of a model under the pointer: its codes as a cloud, the decoded point, the
// manifold beside it, the other dimensions under sliders, and a row of pictures a dimension.
//
// The truth is ``z``, one code of d numbers. A direction k is a unit of the code or a principal
// direction of the codes; ``value(k)`` is where z stands along it and ``put`` moves it there.

const PICK_PIXELS = 9;
const SAMPLES = 6;
const COLUMNS = 11;
const ROWS_AT_FIRST = 8;
const LINK_DIMENSIONS = 64;

function buildLatent(root) {
  const host = root.querySelector(".latent-host");
  const ui = latentLayout(host);
  const { field, cloud, ring, ellipse } = ui;
  const view = planeView({ x: 0, y: 0, reach: 1 });
  let model, words, decode, z, basis, axes, points, shown, seen;
  let held = false, hovered = -1, pictures = null, frame = 0, dirty = new Set(), region = null, painted = "";
  const manifold = tilePainter(ui.board), rows = tilePainter(ui.traversal);

  // Directions of the code.
  const direction = (k) => (basis === "principal" ? model.directions[k] : null);
  const count = () => (basis === "principal" ? model.directions.length : model.d);
  const spread = (k) => model.spread[basis][k];
  const nameOf = (k) => `${basis === "principal" ? "c" : "z"}${k + 1}`;
  const digits = (v) => v.toLocaleString(words.lang, {
    minimumFractionDigits: 2, maximumFractionDigits: 2,
  });

  function along(code, k, at = 0) {
    const v = direction(k);
    if (!v) return code[at + k];
    let sum = 0;
    for (let i = 0; i < model.d; i++) sum += (code[at + i] - model.mean[i]) * v[i];
    return sum;
  }

  // A copy of the code, moved to ``value`` along direction k.
  function moved(code, k, value) {
    const next = Float32Array.from(code), v = direction(k);
    if (!v) next[k] = value;
    else {
      const by = value - along(code, k);
      for (let i = 0; i < model.d; i++) next[i] += by * v[i];
    }
    return next;
  }

  // With one dimension the plane's other axis is the class, so that the cloud can be seen.
  const flat = () => model.d === 1;
  const across = (code, x, y) => {
    const next = moved(code, axes[0], x);
    return flat() ? next : moved(next, axes[1], y);
  };

  function project() {
    points = new Float32Array(2 * model.labels.length);
    for (let i = 0; i < model.labels.length; i++) {
      points[2 * i] = along(model.codes, axes[0], i * model.d);
      points[2 * i + 1] = flat()
        ? (model.labels[i] - 4.5 + 0.6 * (((i * 0.618) % 1) - 0.5)) / 5 * view.reach
        : along(model.codes, axes[1], i * model.d);
    }
  }

  // The square that holds the ranges of both axes.
  function home() {
    const [a, b] = [spread(axes[0]), spread(axes[flat() ? 0 : 1])];
    const reach = Math.max(a[1] - a[0], b[1] - b[0]) / 2;
    return { x: (a[0] + a[1]) / 2, y: flat() ? 0 : (b[0] + b[1]) / 2, reach };
  }

  // Everything is drawn in the next frame, once, however often it was asked for.
  function ask(...what) {
    what.forEach((part) => dirty.add(part));
    frame ||= requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    const parts = dirty;
    dirty = new Set();
    const box = field.getBoundingClientRect();
    if (!model || !box.width) return;
    if (fitToScreen(cloud, box) || parts.has("cloud")) {
      const radius = cloud.width / box.width * (model.labels.length > 3000 ? 1.5 : 2.3);
      drawPoints(cloud, view, points, model.labels, model.colours, { radius, shown });
      host.dataset.drawn = "yes";
    }
    if (parts.has("axes")) drawAxes();
    if (parts.has("point")) drawPoint();
    if (parts.has("hover")) drawHover();
    if (parts.has("manifold")) paintManifold();
    if (parts.has("traversal")) paintTraversal();
  }

  function place(node, x, y) {
    const [u, v] = view.toSquare(x, y);
    node.style.left = `${100 * u}%`;
    node.style.top = `${100 * v}%`;
  }

  const here = () => [along(z, axes[0]), flat() ? 0 : along(z, axes[1])];

  function drawPoint() {
    const started = performance.now();
    ui.digit.getContext("2d").putImageData(digitImage(decode(z)), 0, 0);
    host.dataset.decodeMs = (performance.now() - started).toFixed(3);
    const at = here();
    place(ring, ...at);
    const text = (flat() ? at.slice(0, 1) : at).map((v, i) => `${nameOf(axes[i])} = ${digits(v)}`);
    ui.value.textContent = text.join("   ");
    ui.held.textContent = held ? words.held : words.free;
    field.setAttribute("aria-label", `${words.field} ${ui.value.textContent}`);
    ui.sliders.querySelectorAll("input").forEach((input) => {
      if (input !== document.activeElement && input !== input.getRootNode().activeElement) {
        input.value = along(z, Number(input.dataset.k));
      }
    });
  }

  function drawAxes() {
    ui.xName.textContent = nameOf(axes[0]);
    ui.yName.textContent = flat() ? words.classAxis : nameOf(axes[1]);
    ui.low.forEach((node, i) => {
      const [middle] = [i ? view.y : view.x];
      node.textContent = i && flat() ? "" : digits(middle - view.reach);
      ui.high[i].textContent = i && flat() ? "" : digits(middle + view.reach);
    });
  }

  // The true digit under the pointer, what comes back of it, and its posterior.
  function drawHover() {
    const there = hovered >= 0;
    ui.hover.dataset.there = there ? "yes" : "no";
    ellipse.style.display = "none";
    ui.about.textContent = there
      ? `${words.digit} ${hovered} · ${words.class} ${model.classes[model.labels[hovered]]}`
      : words.hover;
    if (!there) return;
    const code = model.codes.subarray(hovered * model.d, (hovered + 1) * model.d);
    if (pictures) {
      const pixels = pictures.images.subarray(hovered * 784, (hovered + 1) * 784);
      ui.truth.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
    }
    ui.back.getContext("2d").putImageData(digitImage(decode(Float32Array.from(code))), 0, 0);
    if (!model.deviations) return;
    const sigma = model.deviations.subarray(hovered * model.d, (hovered + 1) * model.d);
    drawEllipse(sigma);
    const random = seeded(hovered + 1), drawn = new Float32Array(SAMPLES * model.d);
    for (let i = 0; i < drawn.length; i++) {
      drawn[i] = code[i % model.d] + sigma[i % model.d] * normal(random);
    }
    const pixels = decode(drawn, SAMPLES);
    ui.samples.forEach((canvas, i) => canvas.getContext("2d").putImageData(
      digitImage(pixels.subarray(784 * i, 784 * (i + 1))), 0, 0));
  }

  // Two standard deviations of q(z|x), seen in the plane: its covariance is A diag(σ²) Aᵀ.
  function drawEllipse(sigma) {
    const a = axisOf(axes[0]), b = flat() ? null : axisOf(axes[1]);
    let xx = 0, xy = 0, yy = 0;
    for (let i = 0; i < model.d; i++) {
      const s = sigma[i] * sigma[i];
      xx += a(i) * a(i) * s;
      if (!b) continue;
      xy += a(i) * b(i) * s;
      yy += b(i) * b(i) * s;
    }
    const middle = (xx + yy) / 2, apart = Math.hypot((xx - yy) / 2, xy);
    const half = [middle + apart, Math.max(0, middle - apart)].map((v) => 2 * Math.sqrt(v));
    const share = half.map((v) => (100 * v) / view.reach);
    place(ellipse, points[2 * hovered], points[2 * hovered + 1]);
    Object.assign(ellipse.style, {
      display: "block", width: `${share[0]}%`, height: `${share[1]}%`,
      transform: `translate(-50%, -50%) rotate(${-0.5 * Math.atan2(2 * xy, xx - yy)}rad)`,
    });
  }

  const axisOf = (k) => {
    const v = direction(k);
    return v ? (i) => v[i] : (i) => (i === k ? 1 : 0);
  };

  // All pixels of many codes, as bytes, where the server offers to decode them.
  async function decodeOnServer(codes) {
    const options = { method: "POST", body: codes };
    const answer = await fetch(labAddress(model.base, `decoders/${model.server}`), options);
    if (!answer.ok) throw new Error(answer.status);
    return new Uint8Array(await answer.arrayBuffer());
  }

  // The manifold: n x n codes of the plane through z.
  function paintManifold() {
    const n = Number(ui.tiles.value), kind = ui.range.value, { d } = model;
    const started = performance.now();
    region = kind === "view" ? { ...view } : home();
    // Where only the plane's own values changed, the same grid would come out.
    const rest = across(z, 0, 0);
    const asks = [n, kind, basis, axes, region.x, region.y, region.reach, ...rest].join();
    if (asks === painted) return;
    painted = asks;
    const at = (share) => {
      if (kind === "prior") return normalQuantile(share);
      return (2 * share - 1) * region.reach;
    };
    const base = Float32Array.from(z);
    host.dataset.manifold = "painting";
    manifold.paint({
      decode,
      rows: flat() ? 1 : n,
      columns: n,
      codeAt(row, column) {
        const x = at((column + 0.5) / n), y = at(1 - (row + 0.5) / n);
        return kind === "prior" ? across(base, x, y) : across(base, region.x + x, region.y + y);
      },
      done() {
        host.dataset.manifold = "ready";
        host.dataset.manifoldMs = (performance.now() - started).toFixed(1);
      },
      remote: model.server && decodeOnServer,
    });
    ui.board.setAttribute("aria-label", `${words.manifold} ${n} x ${n}, d = ${d}`);
  }

  // One row a direction, the most important first: z with that value alone swept.
  function paintTraversal() {
    const order = model.order[basis].slice(0, ui.all.checked ? undefined : ROWS_AT_FIRST);
    const base = Float32Array.from(z);
    ui.rowNames.replaceChildren(...order.map((k) => {
      const node = element("div", "rowName", nameOf(k));
      node.title = `${words.importance[basis]}: ${digits(model.importance[basis][k])}`;
      node.append(element("small", "", digits(model.importance[basis][k])));
      return node;
    }));
    ui.rowHint.textContent = `${words.small} ${words.importance[basis]}`;
    rows.paint({
      decode,
      rows: order.length,
      columns: COLUMNS,
      codeAt(row, column) {
        const [low, high] = spread(order[row]);
        return moved(base, order[row], low + ((high - low) * column) / (COLUMNS - 1));
      },
      done() { host.dataset.traversal = "ready"; },
    });
    ui.traversal.labOrder = order;
  }

  // What follows the point at leisure: the pictures that hold its other values, and the link.
  const settle = whenQuiet(() => {
    ask("manifold", "traversal");
    remember();
  }, 160);

  function remember() {
    const short = (v) => String(Number(v.toFixed(3)));
    const [x, y] = here();
    putInLink({
      basis: basis === "principal" ? basis : null,
      axes: axes.map((k) => k + 1).join(","),
      z: model.d <= LINK_DIMENSIONS ? Array.from(z, short).join(",") : null,
      at: model.d > LINK_DIMENSIONS ? [x, y].map(short).join(",") : null,
      view: [view.x, view.y, view.reach].map(short).join(","),
      grid: `${ui.range.value},${ui.tiles.value}`,
    });
  }

  // Take a view from the link; what is out of range is clamped, what can't be read is said.
  function recall() {
    const problems = [];
    const numbers = (name, length) => {
      const text = inLink(name);
      if (text === null) return null;
      const list = text.split(",").map(Number);
      const good = text !== "" && list.every(Number.isFinite) && (!length || list.length === length);
      if (!good) problems.push(words.unknown.replace("{name}", name).replace("{value}", text));
      return good ? list : null;
    };
    const asked = inLink("basis");
    if (asked !== null && !(asked in model.spread)) {
      problems.push(words.unknown.replace("{name}", "basis").replace("{value}", asked));
    }
    basis = asked in model.spread ? asked : "units";
    const best = model.order[basis];
    axes = flat() ? [0, 0] : best.slice(0, 2).sort((a, b) => a - b);
    const wanted = numbers("axes", 2);
    if (wanted && !flat()) {
      const [i, j] = wanted.map((k) => clamp(Math.round(k), 1, count()) - 1);
      axes = i === j ? [i, (i + 1) % count()] : [i, j];
    }
    z = Float32Array.from(model.mean);
    const code = numbers("z", model.d), at = numbers("at", 2);
    if (code) {
      z = Float32Array.from(code, (v, k) => clamp(v, -1e4, 1e4));
    } else if (at) {
      z = across(z, clamp(at[0], -1e4, 1e4), clamp(at[1], -1e4, 1e4));
    }
    view.reset(home());
    const window_ = numbers("view", 3);
    if (window_) {
      view.reset({
        x: clamp(window_[0], -1e4, 1e4), y: clamp(window_[1], -1e4, 1e4),
        reach: clamp(window_[2], 1e-3, 1e4),
      });
    }
    const grid = (inLink("grid") ?? "").split(",");
    const ranges = Array.from(ui.range.options, (option) => option.value);
    if (ranges.includes(grid[0])) ui.range.value = grid[0];
    else if (grid[0]) problems.push(words.unknown.replace("{name}", "grid").replace("{value}", grid[0]));
    if (Number(grid[1])) ui.tiles.value = clamp(Math.round(Number(grid[1])), 2, 30);
    ui.problem.textContent = problems.join(" ");
  }

  // Controls.

  function choose(newBasis, newAxes) {
    basis = newBasis;
    axes = newAxes;
    view.reset(home());
    project();
    controls();
    ask("cloud", "axes", "point", "hover");
    settle();
  }

  function controls() {
    ui.basis.value = basis;
    ui.axes.forEach((select, i) => {
      select.replaceChildren(...Array.from({ length: count() }, (_, k) => {
        const option = element("option", "", nameOf(k));
        option.value = k;
        return option;
      }));
      select.value = axes[i];
      select.disabled = flat();
    });
    const others = model.order[basis].filter((k) => !axes.includes(k));
    ui.sliders.replaceChildren(...others.map((k) => {
      const [low, high] = spread(k);
      const row = element("label", "row"), input = document.createElement("input");
      Object.assign(input, { type: "range", min: low, max: high, step: (high - low) / 200 });
      input.dataset.k = k;
      input.value = along(z, k);
      input.addEventListener("input", () => {
        z = moved(z, k, Number(input.value));
        ask("point");
        settle();
      });
      row.append(element("span", "unit", nameOf(k)), input);
      return row;
    }));
    ui.others.hidden = !others.length;
    ui.allBox.hidden = model.order[basis].length <= ROWS_AT_FIRST;
    ui.tilesText.textContent = `${ui.tiles.value} × ${ui.tiles.value}`;
  }

  ui.basis.addEventListener("change", () => {
    const next = ui.basis.value;
    const best = model.order[next];
    choose(next, flat() ? [0, 0] : best.slice(0, 2).sort((a, b) => a - b));
  });
  ui.axes.forEach((select, i) => select.addEventListener("change", () => {
    const next = [...axes], k = Number(select.value);
    if (next[1 - i] === k) next[1 - i] = next[i];
    next[i] = k;
    choose(basis, next);
  }));
  ui.tiles.addEventListener("input", () => {
    ui.tilesText.textContent = `${ui.tiles.value} × ${ui.tiles.value}`;
    ask("manifold");
    settle();
  });
  ui.range.addEventListener("change", () => { ask("manifold"); settle(); });
  ui.all.addEventListener("change", () => ask("traversal"));
  ui.in.addEventListener("click", () => look(() => view.zoom(1 / 1.5)));
  ui.out.addEventListener("click", () => look(() => view.zoom(1.5)));
  ui.reset.addEventListener("click", () => {
    z = Float32Array.from(model.mean);
    held = false;
    look(() => view.reset(home()));
  });

  function look(change) {
    change();
    ask("cloud", "axes", "point", "hover");
    settle();
  }

  function moveTo(x, y) {
    z = across(z, x, y);
    ask("point");
    settle();
  }

  function hoverAt(x, y, box) {
    const within = (PICK_PIXELS / box.width) * 2 * view.reach;
    const found = nearestPoint(points, model.labels, x, y, within, shown);
    if (found === hovered) return;
    hovered = found;
    ask("hover");
  }

  // Pointers on the field: one moves the point, a drag with the mouse or two fingers move the
  // view; a press without a drag holds the point or lets it go.
  const down = new Map();
  let start = null;
  const shares = (event, box = field.getBoundingClientRect()) =>
    [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];

  field.addEventListener("pointermove", (event) => {
    if (!model) return;
    const box = field.getBoundingClientRect(), at = shares(event, box);
    if (down.size === 2 && down.has(event.pointerId)) {
      pinch(event, at);
      return;
    }
    if (start && event.pointerType === "mouse") {
      start.far ||= Math.hypot(event.clientX - start.x, event.clientY - start.y) > 4;
      if (start.far) {
        const by = [at[0] - start.at[0], at[1] - start.at[1]];
        start.at = at;
        look(() => view.pan(...by));
        return;
      }
    }
    const [x, y] = view.toPlane(...at);
    hoverAt(x, y, box);
    if (!held || event.pointerType !== "mouse") moveTo(x, y);
  });

  function pinch(event, at) {
    const other = [...down.entries()].find(([id]) => id !== event.pointerId)[1];
    const before = down.get(event.pointerId);
    const middle = [(before[0] + other[0]) / 2, (before[1] + other[1]) / 2];
    const next = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    const apart = (p) => Math.max(0.02, Math.hypot(p[0] - other[0], p[1] - other[1]));
    down.set(event.pointerId, at);
    look(() => {
      view.pan(next[0] - middle[0], next[1] - middle[1]);
      view.zoom(apart(before) / apart(at), ...next);
    });
  }

  field.addEventListener("pointerdown", (event) => {
    if (!model) return;
    try {
      field.setPointerCapture(event.pointerId);
    } catch { /* the pointer is gone already */ }
    const at = shares(event);
    down.set(event.pointerId, at);
    start = { at, x: event.clientX, y: event.clientY, far: false };
    if (event.pointerType === "mouse") return;
    const [x, y] = view.toPlane(...at);
    hoverAt(x, y, field.getBoundingClientRect());
    if (down.size === 1) moveTo(x, y);
  });

  const release = (event) => {
    down.delete(event.pointerId);
    if (start && !start.far && event.type === "pointerup" && event.pointerType === "mouse") {
      held = !held;
      if (hovered >= 0) z = model.codes.slice(hovered * model.d, (hovered + 1) * model.d);
      else z = across(z, ...view.toPlane(...shares(event)));
      ask("point");
      settle();
    }
    if (!down.size) start = null;
  };
  field.addEventListener("pointerup", release);
  field.addEventListener("pointercancel", release);

  field.addEventListener("wheel", (event) => {
    // Without a modifier the page scrolls, as everywhere.
    if (!model || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    look(() => view.zoom(Math.exp(event.deltaY / 300), ...shares(event)));
  }, { passive: false });

  field.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const by = step[event.key], [x, y] = here();
    if (by) {
      const size = view.reach * (event.shiftKey ? 0.1 : 0.02);
      if (event.altKey) look(() => view.pan(-by[0] * 0.1, by[1] * 0.1));
      else {
        const next = [x + by[0] * size, y + by[1] * size];
        hoverAt(...next, field.getBoundingClientRect());
        moveTo(...next);
      }
    } else if (event.key === "+" || event.key === "-") {
      look(() => view.zoom(event.key === "+" ? 1 / 1.3 : 1.3, ...view.toSquare(x, y)));
    } else if (event.key === "0") look(() => view.reset(home()));
    else return;
    event.preventDefault();
  });

  // The manifold: a press takes its code, a drag zooms the view to the rectangle.
  let corner = null;
  ui.board.addEventListener("pointerdown", (event) => {
    if (!model) return;
    corner = shares(event, ui.board.getBoundingClientRect());
    try {
      ui.board.setPointerCapture(event.pointerId);
    } catch { /* the pointer is gone already */ }
  });
  ui.board.addEventListener("pointermove", (event) => {
    if (!corner) return;
    const at = shares(event, ui.board.getBoundingClientRect());
    const size = Math.max(Math.abs(at[0] - corner[0]), Math.abs(at[1] - corner[1]));
    Object.assign(ui.frame.style, {
      display: size > 0.04 ? "block" : "none",
      left: `${100 * Math.min(at[0], corner[0])}%`, top: `${100 * Math.min(at[1], corner[1])}%`,
      width: `${100 * Math.abs(at[0] - corner[0])}%`,
      height: `${100 * Math.abs(at[1] - corner[1])}%`,
    });
  });
  ui.board.addEventListener("pointerup", (event) => {
    if (!corner) return;
    const at = shares(event, ui.board.getBoundingClientRect());
    const size = Math.max(Math.abs(at[0] - corner[0]), Math.abs(at[1] - corner[1]));
    const plane = (u, v) => {
      if (ui.range.value === "prior") return [normalQuantile(clamp(u, 0.001, 0.999)),
        normalQuantile(clamp(1 - v, 0.001, 0.999))];
      return [region.x + (2 * u - 1) * region.reach, region.y + (1 - 2 * v) * region.reach];
    };
    if (size > 0.04) {
      const [a, b] = [plane(...corner), plane(...at)];
      const reach = Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])) / 2;
      ui.range.value = "view";
      look(() => view.reset({ x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, reach }));
      ask("manifold");
    } else moveTo(...plane(...at));
    corner = null;
    ui.frame.style.display = "none";
  });
  ui.board.addEventListener("pointercancel", () => { corner = null; });

  // A press on a row of the traversal takes the value of that tile.
  ui.traversal.addEventListener("click", (event) => {
    const [u, v] = shares(event, ui.traversal.getBoundingClientRect());
    const order = ui.traversal.labOrder;
    if (!order) return;
    const k = order[Math.floor(v * order.length)];
    const [low, high] = spread(k);
    const column = Math.floor(u * COLUMNS);
    z = moved(z, k, low + ((high - low) * column) / (COLUMNS - 1));
    ask("point");
    settle();
  });

  function legend() {
    ui.legend.replaceChildren(...model.classes.map((name, c) => {
      const chip = element("button", "chip", name);
      chip.type = "button";
      chip.style.setProperty("--colour", model.palette[c]);
      chip.setAttribute("aria-pressed", "true");
      chip.addEventListener("click", () => {
        if (shown.size === model.classes.length) shown = new Set([c]);
        else if (shown.has(c)) shown.delete(c);
        else shown.add(c);
        if (!shown.size) shown = new Set(model.classes.keys());
        [...ui.legend.children].forEach((node, i) =>
          node.setAttribute("aria-pressed", String(shown.has(i))));
        ask("cloud");
      });
      return chip;
    }));
  }

  const observer = new ResizeObserver(() => ask("cloud", "axes", "point", "hover"));
  observer.observe(field);

  function begin(metadata, arrays) {
    const started = performance.now();
    model = readLatent(metadata, arrays);
    decode = buildDecoder(arrays, JSON.parse(metadata.model));
    shown = new Set(model.classes.keys());
    painted = "";
    hovered = -1;
    held = false;
    pictures = null;
    ui.samples.forEach((canvas) => { canvas.parentElement.hidden = !model.deviations; });
    Array.from(ui.range.options).find((o) => o.value === "prior").hidden = !model.deviations;
    ui.range.value = model.deviations ? "prior" : "codes";
    recall();
    project();
    controls();
    legend();
    loadPictures(model.base, model.dataset).then((found) => {
      pictures = found;
      ask("hover");
    }, () => {});
    // The cloud at once, and the grids, which take longer, from the next frame on.
    ask("cloud", "axes", "point", "hover");
    draw();
    host.dataset.readyMs = (performance.now() - started).toFixed(1);
    ask("manifold", "traversal");
  }

  return {
    update({ data }) {
      const { metadata, arrays } = readSafetensors(data);
      words = JSON.parse(metadata.words);
      latentWords(ui, words);
      if (seen !== metadata.name) {
        // Another model on the same page: the old one's view would mean nothing in its codes.
        if (seen !== undefined) {
          putInLink({ basis: null, axes: null, z: null, at: null, view: null, grid: null });
        }
        seen = metadata.name;
        begin(metadata, arrays);
      } else ask("axes", "point", "hover", "traversal");
    },
    end() {
      settle.cancel();
      cancelAnimationFrame(frame);
      manifold.stop();
      rows.stop();
      observer.disconnect();
    },
  };
}

// What the blob holds, as the views want it.
function readLatent(metadata, arrays) {
  const d = arrays.codes.shape[1], told = JSON.parse(metadata.told);
  const list = (array) => Array.from({ length: array.shape[0] }, (_, i) =>
    array.data.subarray(i * array.shape[1], (i + 1) * array.shape[1]));
  return {
    ...told,
    d,
    codes: arrays.codes.data,
    labels: arrays.labels.data,
    deviations: arrays.deviations?.data ?? null,
    mean: arrays.mean.data,
    directions: list(arrays.directions),
    colours: told.palette.map(rgbOf),
  };
}

export default function (component) {
  return mountOnce(component, buildLatent);
}
