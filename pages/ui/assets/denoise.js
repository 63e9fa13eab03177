// A digit, corrupted, and what several models make of it, while the slider moves.

const MOST_TIMES = 10;
const PLAY_MS = 450;

function buildDenoise(root) {
  const host = root.querySelector(".denoise-host");
  const controls = element("div", "controls");
  const level = document.createElement("input");
  const times = document.createElement("input");
  const labelled = (node, ...more) => {
    const label = element("label", "control"), name = element("span", "controlName");
    label.append(name, node, ...more);
    return { label, name };
  };
  const levelText = element("span", "levelText"), timesText = element("span", "levelText");
  level.type = times.type = "range";
  Object.assign(times, { min: 1, max: MOST_TIMES, step: 1, value: 1 });
  const levelLabel = labelled(level, levelText);
  const timesLabel = labelled(times, timesText);
  const [again, play, rub, whole] = Array.from({ length: 4 }, () =>
    Object.assign(element("button", "tool"), { type: "button" }));
  controls.append(levelLabel.label, again, rub, whole, timesLabel.label, play);
  const problem = element("div", "problem"), cards = element("div", "cards");
  problem.setAttribute("role", "status");
  host.replaceChildren(controls, problem, cards);

  let told, setup, words, models = [], clean = null, seed = 1, frame = 0, timer = 0, stop = null, seen, kind;
  const draws = {};
  let gone = new Uint8Array(SIDE * SIDE), rubbing = false, rubber = null;

  const figures = (v, n) => v.toLocaleString(words.lang, {
    minimumFractionDigits: n, maximumFractionDigits: n,
  });
  const paint = (canvas, pixels) =>
    canvas.getContext("2d").putImageData(digitImage(pixels), 0, 0);

  function card(title, note) {
    const node = element("figure", "card"), canvas = crispCanvas(SIDE, SIDE, "picture");
    const name = element("figcaption", "name", title), small = element("div", "note", note);
    const numbers = element("div", "numbers"), code = element("canvas", "code crisp");
    const save = saveButton(canvas, title.replace(/[^\w-]+/g, "-").toLowerCase(), 8);
    node.append(name, small, canvas, numbers, code, save);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", title);
    return { node, canvas, numbers, code };
  }

  // The code as a grid as near to a square as its size allows, from its lowest to its highest.
  function paintCode(canvas, code) {
    const d = code.length;
    let rows = Math.floor(Math.sqrt(d));
    while (d % rows) rows--;
    const columns = d / rows;
    Object.assign(canvas, { width: columns, height: rows });
    const low = Math.min(...code), high = Math.max(...code), context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    code.forEach((v, i) => {
      const grey = high > low ? (255 * (v - low)) / (high - low) : 128;
      image.data.set([grey, grey, grey, 255], 4 * i);
    });
    context.putImageData(image, 0, 0);
  }

  const clipped = (x) => x.map((v) => Math.max(0, Math.min(1, v)));

  function draw() {
    frame = 0;
    if (!clean || !models.length) return;
    const started = performance.now();
    draws[seed] ??= noiseDraws(seed);
    const amount = Number(level.value);
    const before = amount ? CORRUPTIONS[setup.kind](clean, amount, draws[seed]) : clean;
    const noisy = before.map((v, i) => (gone[i] ? 0 : v));
    const say = (part, shown) => {
      part.numbers.textContent = words.numbers
        .replace("{psnr}", figures(psnrOf(shown, clean), 1))
        .replace("{ssim}", figures(ssimOf(shown, clean), 2));
    };
    paint(parts.clean.canvas, clean);
    const shown = clipped(noisy);
    paint(parts.noisy.canvas, shown);
    say(parts.noisy, shown);
    let best = -1, bestError = Infinity;
    models.forEach((model, i) => {
      let x = noisy, code;
      for (let n = 0; n < Number(times.value); n++) {
        code = model.encode(x);
        x = clipped(model.decode(code));
      }
      paint(parts.models[i].canvas, x);
      paintCode(parts.models[i].code, code);
      say(parts.models[i], x);
      const error = meanSquare(x, clean);
      if (error < bestError) {
        best = i;
        bestError = error;
      }
    });
    parts.models.forEach((part, i) => { part.node.dataset.best = i === best ? "yes" : "no"; });
    host.dataset.drawMs = (performance.now() - started).toFixed(2);
    host.dataset.ready = "yes";
  }

  const ask = () => { frame ||= requestAnimationFrame(draw); };
  const remember = whenQuiet(() => putInLink({
    level: level.value, draw: seed, times: times.value === "1" ? null : times.value,
    rubbed: rubbedText(gone),
  }), 250);

  function texts() {
    levelText.textContent = told.unit.replace("{value}", Number(level.value)
      .toLocaleString(words.lang));
    timesText.textContent = times.value;
    rub.setAttribute("aria-pressed", String(rubbing));
    whole.disabled = !gone.some(Boolean);
  }

  function changed() {
    texts();
    ask();
    remember();
  }

  level.addEventListener("input", changed);
  times.addEventListener("input", changed);
  again.addEventListener("click", () => { seed = (seed % 999) + 1; changed(); });

  rub.addEventListener("click", () => {
    rubbing = !rubbing;
    rubber.rubbing(rubbing);
    texts();
  });
  whole.addEventListener("click", () => {
    gone.fill(0);
    changed();
  });

  // Feeding the answer back, once more at each beat.
  play.addEventListener("click", () => {
    clearInterval(timer);
    times.value = 1;
    changed();
    timer = setInterval(() => {
      times.value = Number(times.value) + 1;
      changed();
      if (Number(times.value) >= MOST_TIMES) clearInterval(timer);
    }, PLAY_MS);
  });

  let parts = null;

  function begin(metadata, arrays) {
    models = setup.models.map((model, i) => model.pca ? linearMap(arrays, i) : {
      encode: buildEncoder(arrays, model, `m${i}.encoder.`),
      decode: buildDecoder(arrays, model, `m${i}.decoder.`),
    });
  }

  // PCA as an encoder and a decoder: z = C (x − m), x̂ = Cᵀ z + m.
  function linearMap(arrays, i) {
    const mean = arrays[`m${i}.mean`].data, components = arrays[`m${i}.components`];
    const [d] = components.shape;
    const { matrix } = products();
    const transposed = new Float32Array(components.data.length);
    for (let k = 0; k < d; k++) {
      for (let p = 0; p < 784; p++) transposed[p * d + k] = components.data[k * 784 + p];
    }
    const down = matrix(components.data, null, d, 784), up = matrix(transposed, mean, 784, d);
    return { encode: (x) => down(x.map((v, p) => v - mean[p]), 1), decode: (z) => up(z, 1) };
  }

  function layout() {
    parts = {
      clean: card(words.clean, ""), noisy: card(words.noisy, words.nothing),
      models: told.models.map((m) => card(m.label, m.note)),
    };
    parts.clean.code.remove();
    parts.noisy.code.remove();
    parts.clean.numbers.textContent = words.reference;
    cards.replaceChildren(...[parts.clean, parts.noisy, ...parts.models].map((p) => p.node));
    nameSaves(host, words.save);
    rubber = buildRubber(parts.noisy.canvas, gone, changed);
    rubber.rubbing(rubbing);
    rubber.say(`${words.noisy}. ${words.rubKeys}`);
  }

  // The level and the rest, from the link at first and then as usual for the corruption.
  function choices(first) {
    const [low, high, step] = setup.levels;
    Object.assign(level, { min: low, max: high, step });
    const at = first ? inLink("level") : null;
    const good = at !== null && at !== "" && Number.isFinite(Number(at));
    level.value = good ? clamp(Number(at), low, high) : setup.usual;
    const unread = at === null || good ? [] : [["level", at]];
    const rubbed = first ? inLink("rubbed") : null;
    if (rubbed && !readRubbed(rubbed)) unread.push(["rubbed", rubbed]);
    else if (rubbed) gone = readRubbed(rubbed);
    problem.textContent = unread.map(([name, value]) =>
      words.unknown.replace("{name}", name).replace("{value}", value)).join(" ");
    if (!first) {
      putInLink({ level: null });
      return;
    }
    const drawn = Number(inLink("draw"));
    if (Number.isInteger(drawn) && drawn) seed = clamp(drawn, 1, 999);
    times.value = clamp(Math.round(Number(inLink("times") ?? 1)) || 1, 1, MOST_TIMES);
  }

  return {
    update({ data }) {
      const { metadata, arrays } = readSafetensors(data);
      told = JSON.parse(metadata.told);
      setup = JSON.parse(metadata.setup);
      words = JSON.parse(metadata.words);
      const first = seen === undefined, other = kind !== setup.kind;
      levelLabel.name.textContent = words.level;
      timesLabel.name.textContent = words.times;
      again.textContent = words.again;
      play.textContent = words.play;
      rub.textContent = words.rub;
      whole.textContent = words.whole;
      if (other) choices(first);
      kind = setup.kind;
      if (seen !== metadata.name) begin(metadata, arrays);
      seen = metadata.name;
      layout();
      texts();
      stop ??= followDigit(setup.digit, (pixels) => {
        clean = Float32Array.from(pixels, (v) => v / 255);
        ask();
      });
      ask();
    },
    end() {
      clearInterval(timer);
      remember.cancel();
      cancelAnimationFrame(frame);
      stop?.();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildDenoise);
}
