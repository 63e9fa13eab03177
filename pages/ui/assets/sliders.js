// Code sliders: every value of a code under a slider, decoded live.

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
  host.replaceChildren(picks, figure, list);
  let decode, code, spread, order, codes, originals, d, labels, seen;

  const draw = () => canvas.getContext("2d").putImageData(digitImage(decode(code)), 0, 0);

  function pick(index) {
    code = codes.slice(index * d, (index + 1) * d);
    const pixels = originals.subarray(index * 784, (index + 1) * 784);
    original.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
    picks.querySelectorAll("button").forEach((b, i) => b.setAttribute("aria-pressed", i === index));
    list.querySelectorAll("input").forEach((input) => { input.value = code[input.dataset.unit]; });
    draw();
  }

  function build(metadata, arrays) {
    decode = buildDecoder(arrays, JSON.parse(metadata.model));
    codes = arrays.codes.data;
    originals = arrays.originals.data;
    d = arrays.codes.shape[1];
    order = JSON.parse(metadata.order);
    spread = JSON.parse(metadata.spread);
    list.replaceChildren(...order.slice(0, ROWS).map((unit, i) => {
      const row = element("label", "row");
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: spread[i][0], max: spread[i][1] });
      input.step = (spread[i][1] - spread[i][0]) / 100;
      input.dataset.unit = unit;
      input.addEventListener("input", () => {
        code[unit] = Number(input.value);
        draw();
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
    pick(Math.min(Number(metadata.start), codes.length / d - 1));
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
    },
  };
}

export default function (component) {
  return mountOnce(component, buildSliders);
}
