// A digit, the map of codes that it becomes, and what the map draws; a place can be given another
// code, and the server draws the map anew.

const MAP = 7;

function buildCodemap(root) {
  const host = root.querySelector(".codemap-host");
  const three = element("div", "three"), palette = element("div", "palette"), tools = element("div", "tools");
  const paletteName = element("div", "name"), note = element("div", "note");
  const undo = Object.assign(element("button", "tool"), { type: "button" });
  const sheet = crispCanvas(MAP * 40, MAP * 40);
  let told, arrays, view, send, colours = [], codes = [], chosen = 24, hovered = null;

  function card(kind) {
    const node = element("figure", `card ${kind}`), name = element("figcaption", "name");
    three.append(node);
    node.append(name);
    return { node, name };
  }

  function pictureCard(kind) {
    const made = card(kind), canvas = crispCanvas(SIDE, SIDE), frame = element("div", "frame");
    const spot = element("div", "spot"), numbers = element("div", "note");
    frame.append(canvas, spot);
    canvas.setAttribute("role", "img");
    made.node.append(frame, numbers, saveButton(canvas, `vq-${kind}`, 8));
    return { ...made, canvas, spot, numbers };
  }

  const digit = pictureCard("digit"), map = card("coded"), drawn = pictureCard("drawn");
  const grid = element("div", "map");
  grid.setAttribute("role", "group");
  const places = Array.from({ length: MAP * MAP }, (_, i) => {
    const button = Object.assign(element("button", "place"), { type: "button" });
    button.addEventListener("click", () => { chosen = i; show(); });
    button.addEventListener("keydown", (event) => move(event, i));
    for (const [name, at] of [["pointerenter", i], ["pointerleave", null]]) {
      button.addEventListener(name, () => { hovered = at; point(); });
    }
    grid.append(button);
    return button;
  });
  map.node.append(grid, note, saveButton(sheet, "vq-codes"));
  tools.append(undo);
  host.replaceChildren(three, paletteName, palette, tools);

  function move(event, i) {
    const step = ARROW_STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const x = clamp((i % MAP) + step[0], 0, MAP - 1), y = clamp(Math.floor(i / MAP) + step[1], 0, MAP - 1);
    chosen = y * MAP + x;
    places[chosen].focus();
    show();
  }

  const changes = () => codes.flatMap((code, i) => (code === told.own[i] ? [] : [`${i}:${code}`])).join();

  function choose(code) {
    codes[chosen] = code;
    show();
    // A state and no trigger: one that comes while the page still runs is never lost.
    send("changes", { of: told.view, changes: changes() });
  }

  undo.addEventListener("click", () => {
    codes = [...told.own];
    show();
    send("changes", { of: told.view, changes: "" });
  });

  function makePalette() {
    const size = arrays.windows.shape[1], area = size * size;
    palette.replaceChildren(...colours.map(({ back }, code) => {
      const button = Object.assign(element("button", "code"), { type: "button" });
      const canvas = crispCanvas(size, size), image = new ImageData(size, size);
      for (let i = 0; i < area; i++) {
        image.data.fill(arrays.windows.data[code * area + i], 4 * i, 4 * i + 3);
        image.data[4 * i + 3] = 255;
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
      button.append(canvas, element("div", "", String(code)));
      button.style.borderColor = back;
      button.title = told.about[code];
      button.setAttribute("aria-label", told.about[code]);
      button.addEventListener("click", () => choose(code));
      return button;
    }));
  }

  // Where the pointer is, or else the chosen place.
  function point() {
    const at = hovered ?? chosen, row = Math.floor(at / MAP), column = at % MAP;
    for (const { spot } of [digit, drawn]) {
      Object.assign(spot.style, { left: `${(100 * column) / MAP}%`, top: `${(100 * row) / MAP}%` });
    }
    note.textContent = `${told.words.place.replace("{row}", row + 1).replace("{column}", column + 1)} `
      + told.about[codes[at]];
  }

  function show() {
    const context = sheet.getContext("2d"), cell = sheet.width / MAP;
    Object.assign(context, { textAlign: "center", textBaseline: "middle", font: `${cell * 0.45}px sans-serif` });
    places.forEach((button, i) => {
      const code = codes[i];
      button.textContent = code;
      button.style.background = colours[code].back;
      button.style.color = colours[code].ink;
      button.dataset.changed = code === told.own[i] ? "no" : "yes";
      button.setAttribute("aria-pressed", String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
      const x = (i % MAP) * cell, y = Math.floor(i / MAP) * cell;
      context.fillStyle = colours[code].back;
      context.fillRect(x, y, cell, cell);
      context.fillStyle = colours[code].ink;
      context.fillText(code, x + cell / 2, y + cell / 2);
    });
    [...palette.children].forEach((button, code) =>
      button.setAttribute("aria-pressed", String(code === codes[chosen])));
    undo.disabled = !changes();
    point();
  }

  return {
    update({ data, setStateValue }) {
      send = setStateValue;
      const read = readSafetensors(data);
      arrays = read.arrays;
      told = JSON.parse(read.metadata.told);
      codes = [...told.codes];
      const rgb = (from) => `rgb(${arrays.colours.data.slice(from, from + 3).join()})`;
      colours = told.about.map((_, code) => ({ back: rgb(6 * code), ink: rgb(6 * code + 3) }));
      if (view !== told.palette) makePalette();
      view = told.palette;
      const { words } = told, area = SIDE * SIDE;
      [digit, drawn].forEach((part, i) => {
        part.canvas.getContext("2d").putImageData(
          digitImage(arrays.pictures.data.subarray(i * area, (i + 1) * area), 1), 0, 0);
        part.numbers.textContent = told.notes[i];
      });
      digit.name.textContent = words.digit;
      map.name.textContent = words.map;
      drawn.name.textContent = words.drawn;
      digit.canvas.setAttribute("aria-label", words.digit);
      drawn.canvas.setAttribute("aria-label", words.drawn);
      grid.setAttribute("aria-label", words.keys);
      paletteName.textContent = words.choose;
      undo.textContent = words.undo;
      nameSaves(host, words.save);
      show();
      host.dataset.ready = "yes";
    },
  };
}

export default function (component) {
  return mountOnce(component, buildCodemap);
}
