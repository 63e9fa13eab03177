// A digit under sliders of its slant, its thickness and its size: its code moved along the
// direction of each, decoded at every move.

const REACH = 3;
const COLUMNS = 7;

function buildDeform(root) {
  const host = root.querySelector(".deform-host");
  const problem = element("div", "problem"), stage = element("div", "stage");
  problem.setAttribute("role", "status");
  const figures = element("div", "figures"), list = element("div", "list");
  const reset = element("button", "tool");
  reset.type = "button";
  const names = ["original", "back", "deformed"];
  const shown = Object.fromEntries(names.map((name) => {
    const box = element("figure", "figure"), caption = element("figcaption", "name");
    const canvas = crispCanvas(SIDE, SIDE, name);
    canvas.setAttribute("role", "img");
    box.append(caption, canvas);
    return [name, { box, caption, canvas }];
  }));
  figures.append(...names.map((name) => shown[name].box));
  const side = element("div", "side"), sideTools = element("div", "tools");
  sideTools.append(reset, saveButton(shown.deformed.canvas, "deformed", 8));
  side.append(list, sideTools);
  stage.append(figures, side);

  const table = element("div", "table"), heads = element("div", "heads");
  const board = crispCanvas(SIDE, SIDE, "board"), boardTitle = element("div", "title");
  const boardTools = element("div", "tools");
  board.setAttribute("role", "img");
  boardTools.append(saveButton(board, "attributes", 8));
  table.append(heads, board);
  host.replaceChildren(problem, stage, boardTitle, table, boardTools);

  let told, words, arrays, decode, rows = [], modelName, start;

  const code = () => arrays.code.data;
  const amount = (k) => Number(rows[k].input.value);
  const decimals = (value, digits) => value.toLocaleString(words.lang, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).replace("-", "−");
  const sigmas = (s) => `${s > 0 ? "+" : ""}${decimals(s, 1)} σ`;

  // The code moved by so many standard deviations of each attribute.
  function moved(amounts) {
    const d = code().length, next = Float32Array.from(code());
    amounts.forEach((s, k) => {
      for (let i = 0; i < d; i++) next[i] += s * arrays.vectors.data[k * d + i];
    });
    return next;
  }

  const paint = (name, pixels, scale = 255) =>
    shown[name].canvas.getContext("2d").putImageData(digitImage(pixels, scale), 0, 0);

  function makeRows() {
    rows = told.attributes.map((attribute, k) => {
      const row = element("div", "row"), label = element("label", "control");
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: -REACH, max: REACH, step: 0.1, value: 0 });
      input.dataset.attribute = attribute.key;
      const value = element("output", "value"), told_ = element("div", "measured");
      label.append(element("span", "attribute", attribute.title), input, value);
      row.append(label, told_, element("div", "quality", attribute.quality));
      input.addEventListener("input", draw);
      input.addEventListener("change", remember);
      return { row, input, value, told: told_ };
    });
    list.replaceChildren(...rows.map((row) => row.row));
    heads.replaceChildren(...told.attributes.map(({ title }) => element("div", "head", title)));
  }

  function draw() {
    const amounts = rows.map((_row, k) => amount(k));
    const started = performance.now();
    const pixels = decode(moved(amounts));
    paint("deformed", pixels);
    host.dataset.decodeMs = (performance.now() - started).toFixed(2);
    const found = measureDigit(pixels);
    rows.forEach(({ value, told: node }, k) => {
      const { unit, digits, deviation } = told.attributes[k];
      value.textContent = sigmas(amounts[k]);
      node.textContent = words.measured
        .replace("{asked}", `${decimals(start[k] + amounts[k] * deviation, digits)}${unit}`)
        .replace("{drawn}", `${decimals(found[k], digits)}${unit}`);
    });
  }

  // One row an attribute: that one alone, from −3 to 3 standard deviations.
  function drawBoard() {
    const n = told.attributes.length;
    board.width = COLUMNS * (SIDE + 1) - 1;
    board.height = n * (SIDE + 1) - 1;
    const context = board.getContext("2d");
    for (let k = 0; k < n; k++) {
      for (let i = 0; i < COLUMNS; i++) {
        const amounts = Array(n).fill(0);
        amounts[k] = -REACH + (2 * REACH * i) / (COLUMNS - 1);
        const pixels = decode(moved(amounts));
        context.putImageData(digitImage(pixels), i * (SIDE + 1), k * (SIDE + 1));
      }
    }
  }

  function remember() {
    putInLink(Object.fromEntries(told.attributes.map(({ key }, k) => [key, amount(k) || null])));
  }

  // What the link asks for; what is out of range is clamped, what can't be read is said.
  function recall() {
    const problems = [];
    told.attributes.forEach(({ key }, k) => {
      const text = inLink(key);
      if (text === null) return;
      if (text !== "" && Number.isFinite(Number(text))) {
        rows[k].input.value = clamp(Number(text), -REACH, REACH);
      } else {
        problems.push(words.unknown.replace("{name}", key).replace("{value}", text.slice(0, 60)));
      }
    });
    problem.textContent = problems.join(" ");
  }

  reset.addEventListener("click", () => {
    rows.forEach(({ input }) => { input.value = 0; });
    draw();
    remember();
  });

  function say() {
    reset.textContent = words.reset;
    boardTitle.textContent = words.board;
    board.setAttribute("aria-label", words.board);
    for (const name of names) {
      shown[name].caption.textContent = words[name];
      shown[name].canvas.setAttribute("aria-label", words[name]);
    }
    nameSaves(host, words.save);
  }

  return {
    update({ data }) {
      const first = !told, blob = readSafetensors(data), before = rows.map((_row, k) => amount(k));
      arrays = blob.arrays;
      told = JSON.parse(blob.metadata.told);
      words = JSON.parse(blob.metadata.words);
      const { name } = blob.metadata;
      if (modelName !== name) decode = buildDecoder(arrays, JSON.parse(blob.metadata.model));
      modelName = name;
      makeRows();
      if (first) recall();
      else rows.forEach(({ input }, k) => { input.value = before[k]; });
      const back = decode(Float32Array.from(code()));
      start = measureDigit(back);
      paint("original", arrays.original.data, 1);
      paint("back", back);
      say();
      draw();
      drawBoard();
      host.dataset.ready = "yes";
    },
  };
}

export default function (component) {
  return mountOnce(component, buildDeform);
}
