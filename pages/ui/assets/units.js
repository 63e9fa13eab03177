// Units as pictures, each with its name and a measure; a click chooses one.

function buildUnits(root) {
  const host = root.querySelector(".units-host");
  let send, seen;

  function tile(pixels, side, unit, options) {
    const { symbol, clickable, labels } = options;
    const node = element(clickable ? "button" : "div", "unit");
    const canvas = crispCanvas(side, side), image = new ImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[3 * i + c];
      image.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const { value, about } = labels.units[unit.place];
    const text = element("div", "text");
    text.append(element("span", "unitName", `${symbol}${unit.number}`), element("span", "value", value));
    node.append(canvas, text);
    node.title = about;
    if (clickable) {
      node.type = "button";
      node.dataset.unit = unit.number;
      node.setAttribute("aria-label", about);
      node.addEventListener("click", () => send("unit", unit.number));
    } else {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", about);
    }
    return node;
  }

  function build(metadata, pictures) {
    const [, side] = pictures.shape, size = 3 * side * side;
    const options = {
      symbol: metadata.symbol,
      clickable: JSON.parse(metadata.clickable),
      labels: JSON.parse(metadata.labels),
    };
    host.replaceChildren(...JSON.parse(metadata.numbers).map((number, place) =>
      tile(pictures.data.subarray(place * size, (place + 1) * size), side, { number, place }, options)));
  }

  return {
    update({ data, setTriggerValue }) {
      send = setTriggerValue;
      const { metadata, arrays } = readSafetensors(data);
      if (seen !== metadata.view) build(metadata, arrays.pictures);
      seen = metadata.view;
      for (const node of host.children) {
        if (node.dataset.unit) {
          node.setAttribute("aria-pressed", node.dataset.unit === metadata.chosen);
        }
      }
      host.dataset.ready = "yes";
    },
  };
}

export default function (component) {
  return mountOnce(component, buildUnits);
}
