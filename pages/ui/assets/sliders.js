// Code sliders: every value of a code under a slider, decoded live.
//
// For a conditional model the last values of a code are the class, as zeros and a one. It is then
// decoded as every class at once; the one that is chosen is shown large.

const ROWS = 12;

function buildSliders(root) {
  const host = root.querySelector(".sliders-host");
  const picks = element("div", "picks");
  const list = element("div", "list");
  const canvas = crispCanvas(SIDE, SIDE, "decoded");
  const original = crispCanvas(SIDE, SIDE, "original");
  const figure = element("div", "figure");
  const names = [element("div", "name"), element("div", "name")];
  figure.append(names[0], original, names[1], canvas);
  const styles = element("div", "styles"), tools = element("div", "tools");
  const another = element("button", "another"), problem = element("div", "problem");
  const sheet = crispCanvas(SIDE, SIDE);
  tools.append(another, saveButton(sheet, "style", 8));
  problem.setAttribute("role", "status");
  host.replaceChildren(problem, picks, figure, list, styles, tools);
  let decode, code, spread, order, codes, originals, d, labels, seen, classes = [], own;

  const style = () => code.subarray(0, d - classes.length);
  const chosen = () => code.indexOf(1, d - classes.length) - (d - classes.length);

  function choose(label) {
    code.fill(0, d - classes.length);
    code[d - classes.length + label] = 1;
  }

  function draw() {
    const count = classes.length || 1, many = new Float32Array(count * d);
    for (let i = 0; i < count; i++) {
      many.set(code, i * d);
      if (classes.length) many.fill(0, i * d + d - count, (i + 1) * d)[i * d + d - count + i] = 1;
    }
    const pixels = decode(many, count), at = classes.length ? chosen() : 0;
    const face = (i) => digitImage(pixels.subarray(784 * i, 784 * (i + 1)));
    canvas.getContext("2d").putImageData(face(at), 0, 0);
    styles.querySelectorAll("button").forEach((button, i) => {
      button.querySelector("canvas").getContext("2d").putImageData(face(i), 0, 0);
      sheet.getContext("2d").putImageData(face(i), i * SIDE, 0);
      button.setAttribute("aria-pressed", i === at);
      button.classList.toggle("own", i === own);
    });
  }

  // What was changed by hand: the link opens the same.
  const remember = whenQuiet(() => putInLink({
    style: Array.from(style(), (v) => Number(v.toFixed(3))).join(","), as: chosen(),
  }), 160);

  function changed() {
    draw();
    if (classes.length) remember();
  }

  function recall() {
    const problems = [];
    const asked = (name, good, take) => {
      const text = inLink(name);
      if (text === null) return;
      const values = text.split(",").map(Number);
      if (text && values.every(Number.isFinite) && good(values)) take(values);
      else problems.push(labels.unknown.replace("{name}", name).replace("{value}", text));
    };
    asked("style", (values) => values.length === style().length, (values) => {
      style().set(values.map((v) => clamp(v, -20, 20)));
      own = -1;
    });
    asked("as", ([c]) => Number.isInteger(c), ([c]) => choose(clamp(c, 0, classes.length - 1)));
    problem.textContent = problems.join(" ");
  }

  function show() {
    list.querySelectorAll("input").forEach((input) => { input.value = code[input.dataset.unit]; });
    draw();
  }

  function offer() {
    sheet.width = SIDE * Math.max(1, classes.length);
    styles.replaceChildren(...classes.map((name, i) => {
      const button = element("button", "pick");
      button.append(crispCanvas(SIDE, SIDE), element("span", "", name));
      button.addEventListener("click", () => {
        choose(i);
        changed();
      });
      return button;
    }));
    styles.hidden = tools.hidden = !classes.length;
  }

  another.addEventListener("click", () => {
    for (let i = 0; i < style().length; i++) code[i] = normal(Math.random);
    own = -1;
    show();
    remember();
  });

  function pick(index) {
    code = codes.slice(index * d, (index + 1) * d);
    const pixels = originals.subarray(index * 784, (index + 1) * 784);
    original.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
    picks.querySelectorAll("button").forEach((b, i) => b.setAttribute("aria-pressed", i === index));
    own = chosen();
    show();
  }

  function build(metadata, arrays) {
    decode = buildDecoder(arrays, JSON.parse(metadata.model));
    codes = arrays.codes.data;
    originals = arrays.originals.data;
    d = arrays.codes.shape[1];
    order = JSON.parse(metadata.order);
    spread = JSON.parse(metadata.spread);
    classes = JSON.parse(metadata.classes);
    offer();
    list.replaceChildren(...order.slice(0, ROWS).map((unit, i) => {
      const row = element("label", "row");
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: spread[i][0], max: spread[i][1] });
      input.step = (spread[i][1] - spread[i][0]) / 100;
      input.dataset.unit = unit;
      input.addEventListener("input", () => {
        code[unit] = Number(input.value);
        changed();
      });
      row.append(element("span", "unit", `z${unit + 1}`), input);
      return row;
    }));
    picks.replaceChildren(...Array.from({ length: codes.length / d }, (_, index) => {
      const button = element("button", "pick");
      const face = crispCanvas(SIDE, SIDE);
      const pixels = originals.subarray(index * 784, (index + 1) * 784);
      face.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
      button.append(face);
      button.addEventListener("click", () => pick(index));
      return button;
    }));
    // One digit leaves no choice.
    picks.hidden = picks.children.length < 2;
    remember.cancel();
    pick(Math.min(Number(metadata.start), codes.length / d - 1));
    if (classes.length) {
      if (seen) putInLink({ style: null, as: null });
      else recall();
      show();
    }
    host.dataset.ready = "yes";
  }

  return {
    update({ data }) {
      const { metadata, arrays } = readSafetensors(data);
      labels = JSON.parse(metadata.labels);
      if (seen !== metadata.name) build(metadata, arrays);
      seen = metadata.name;
      names[0].textContent = labels.original;
      names[1].textContent = labels.decoded;
      picks.querySelectorAll("button").forEach((b, i) => {
        b.setAttribute("aria-label", `${labels.digit} ${i}`);
      });
      another.textContent = labels.another;
      styles.setAttribute("aria-label", labels.classes);
      nameSaves(tools, labels.save);
    },
  };
}

export default function (component) {
  return mountOnce(component, buildSliders);
}
