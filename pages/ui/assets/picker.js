// Choosing a digit: a button that shows the one chosen, and under it the test set, a canvas and
// a place for a picture.

const ENOUGH = 20;
const THUMB = 44;
// In a column narrower than this the panel lies over the page instead of in it.
const NARROW = 220;
const KINDS = ["test", "draw", "upload"];

function buildPicker(root) {
  const host = root.querySelector(".picker-host");
  const face = crispCanvas(SIDE, SIDE, "face");
  const label = element("span", "label"), name = element("span", "name");
  const number = element("span", "number");
  const texts = element("span", "texts");
  texts.append(label, name, number);
  const button = plainButton("chosen");
  button.append(face, texts, element("span", "arrow"));
  const panel = element("dialog", "panel");
  panel.id = "panel";
  button.setAttribute("aria-controls", panel.id);

  const tabs = element("div", "tabs");
  tabs.setAttribute("role", "tablist");
  const sheets = {}, tab = {};
  for (const kind of KINDS) {
    tab[kind] = plainButton("tab");
    tab[kind].id = `tab-${kind}`;
    tab[kind].setAttribute("role", "tab");
    tab[kind].setAttribute("aria-controls", `sheet-${kind}`);
    tab[kind].addEventListener("click", () => turnTo(kind));
    sheets[kind] = element("div", `page ${kind}`);
    sheets[kind].id = `sheet-${kind}`;
    sheets[kind].setAttribute("role", "tabpanel");
    sheets[kind].setAttribute("aria-labelledby", tab[kind].id);
  }
  tabs.append(...KINDS.map((kind) => tab[kind]));
  const shut = plainButton("shut", "✕"), top = element("div", "top");
  top.append(tabs, shut);
  const chips = element("div", "chips"), thumbs = element("div", "thumbs");
  chips.setAttribute("role", "group");
  thumbs.setAttribute("role", "group");
  const loading = element("div", "loading"), more = plainButton("more");
  sheets.test.append(chips, loading, thumbs, more);
  const use = plainButton("use");
  const upload = buildUpload(sheets.upload, { begin, take: takePhoto, keep: closeToButton });
  panel.append(top, ...KINDS.map((kind) => sheets[kind]));
  host.replaceChildren(button, panel);
  [tabs, chips, thumbs].forEach(arrowKeys);

  let data, words, send, pictures = null, missing = false, kind = 0, first = 0, canvas;
  // Whether the drawing is what was chosen last, and how many choices there were.
  let taken = false, choices = 0;

  const nameOf = (index) => words.number.replace("{index}", index);
  const isPhoto = () => data.token.startsWith("p");

  function show(pixels, what, index) {
    face.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
    label.textContent = data.label;
    name.textContent = what;
    number.textContent = index === null ? "" : nameOf(index);
    const parts = [data.label, what, number.textContent].filter(Boolean);
    button.setAttribute("aria-label", `${parts.join(", ")}. ${words.change}`);
  }

  function share(pixels, what, index) {
    shareDigit(data.key, pixels);
    show(pixels, what, index);
  }

  function turnTo(which) {
    for (const each of KINDS) {
      tab[each].setAttribute("aria-selected", String(each === which));
      tab[each].tabIndex = each === which ? 0 : -1;
      sheets[each].hidden = each !== which;
    }
    if (which === "test") showThumbs();
  }

  function open() {
    if (host.clientWidth < NARROW) panel.showModal();
    else panel.open = true;
    button.setAttribute("aria-expanded", "true");
    kind = Math.max(0, data.classes.indexOf(data.class));
    first = 0;
    if (data.class === null) turnTo(isPhoto() ? "upload" : "draw");
    else turnTo(missing ? "draw" : "test");
    if (pictures) return;
    const { base, dataset } = data;
    loadPictures(base, dataset).then((found) => {
      if (dataset !== data.dataset) return;
      pictures = found;
      missing = false;
      tab.test.hidden = false;
      showThumbs();
    }, () => {
      if (dataset !== data.dataset) return;
      missing = true;
      tab.test.hidden = true;
      if (panel.open && !sheets.test.hidden) turnTo("draw");
    });
  }

  function close() {
    panel.close();
    closed();
  }

  const closed = () => button.setAttribute("aria-expanded", "false");

  function closeToButton() {
    close();
    button.focus();
  }

  const members = () => Array.from(pictures.labels.keys()).filter((i) => pictures.labels[i] === kind);

  // Full rows of the class's pictures, from the one chosen on.
  function showThumbs() {
    loading.hidden = Boolean(pictures);
    [...chips.children].forEach((chip, c) => {
      chip.setAttribute("aria-pressed", String(c === kind));
      chip.tabIndex = c === kind ? 0 : -1;
    });
    if (!pictures || sheets.test.hidden || !panel.open) return;
    const all = members(), chosen = Number(data.token.slice(1));
    const columns = Math.max(2, Math.floor((thumbs.clientWidth + 6) / (THUMB + 6)));
    const count = Math.min(all.length, columns * Math.ceil(ENOUGH / columns));
    const start = data.class === null ? 0 : Math.max(0, all.indexOf(chosen));
    thumbs.style.setProperty("--columns", columns);
    thumbs.replaceChildren(...Array.from({ length: count }, (_, i) => {
      const index = all[(start + first + i) % all.length];
      const thumb = plainButton("thumb"), picture = crispCanvas(SIDE, SIDE);
      const pixels = pictures.images.subarray(index * 784, (index + 1) * 784);
      picture.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
      thumb.append(picture);
      thumb.title = nameOf(index);
      thumb.setAttribute("aria-label", `${data.classes[kind]}, ${nameOf(index)}`);
      thumb.setAttribute("aria-pressed", String(data.class !== null && index === chosen));
      thumb.tabIndex = i ? -1 : 0;
      thumb.addEventListener("click", () => take(index, pixels));
      return thumb;
    }));
    more.hidden = count === all.length;
  }

  function choose(choice) {
    send("choice", { ...choice, at: Date.now() });
  }

  // The choice is shown at once; the server's answer shows the same.
  function take(index, pixels) {
    choices++;
    taken = false;
    share(pixels, data.classes[pictures.labels[index]], index);
    choose({ index });
    closeToButton();
  }

  // What follows the digit follows the pen; the server's answer shows the same.
  function follow(greys) {
    const pixels = mnistForm(greys, data.canvas);
    if (pixels.some(Boolean)) share(pixels, words.drawing, null);
  }

  async function takeDrawing(greys, empty) {
    const turn = ++choices;
    use.disabled = empty;
    taken = !empty;
    if (empty) return;
    follow(greys);
    const drawing = await deflated(greys);
    if (turn === choices) choose({ drawing });
  }

  function begin() {
    const turn = ++choices;
    return () => turn === choices;
  }

  function takePhoto(token) {
    taken = false;
    choose({ photo: token });
  }

  function makeCanvas() {
    // Kept by the page, so that a drawing is there again after a look at another one.
    const kept = (window.labDrawings ??= {});
    const strokes = (kept[data.key] ??= []);
    canvas = buildCanvas({ size: data.canvas, strokes, onStroke: follow, onEnd: takeDrawing });
    use.disabled = canvas.isEmpty();
    sheets.draw.append(canvas.node, use);
  }

  function makeChips() {
    chips.dataset.short = data.classes.every((text) => text.length < 3) ? "yes" : "no";
    chips.replaceChildren(...data.classes.map((text, c) => {
      const chip = plainButton("chip", text);
      chip.addEventListener("click", () => {
        kind = c;
        first = 0;
        showThumbs();
      });
      return chip;
    }));
  }

  button.addEventListener("click", () => (panel.open ? close() : open()));
  shut.addEventListener("click", closeToButton);
  // A phone's gesture of going back closes it by itself.
  panel.addEventListener("cancel", closed);
  panel.addEventListener("click", (event) => {
    if (event.target === panel && panel.matches(":modal")) closeToButton();
  });
  more.addEventListener("click", () => {
    first += thumbs.children.length;
    showThumbs();
  });
  use.addEventListener("click", () => {
    if (!taken) takeDrawing(canvas.greys(), canvas.isEmpty());
    closeToButton();
  });
  host.addEventListener("paste", upload.paste);
  host.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel.open) return;
    event.preventDefault();
    event.stopPropagation();
    closeToButton();
  });
  close();

  return {
    update({ data: told, setStateValue }) {
      const before = data;
      data = told;
      words = data.words;
      send = setStateValue;
      if (before?.dataset !== data.dataset) {
        pictures = null;
        missing = false;
        tab.test.hidden = false;
        close();
      }
      if (String(before?.classes) !== String(data.classes)) makeChips();
      if (!canvas) makeCanvas();
      canvas.say(words);
      upload.update(data);
      tab.test.textContent = words.test;
      tab.draw.textContent = words.draw;
      tab.upload.textContent = words.upload;
      more.textContent = words.more;
      shut.setAttribute("aria-label", words.close);
      use.textContent = words.use;
      loading.textContent = words.loading;
      for (const node of [panel, tabs]) node.setAttribute("aria-label", data.label);
      chips.setAttribute("aria-label", words.class);
      thumbs.setAttribute("aria-label", words.test);
      const pixels = Uint8Array.from(atob(data.pixels), (c) => c.charCodeAt(0));
      upload.show(isPhoto() ? pixels : null);
      // While the pen is down, the answer to an earlier stroke is out of date.
      if (canvas.isDown()) return;
      const own = isPhoto() ? words.photo : words.drawing, mine = data.class === null;
      share(pixels, mine ? own : data.class, mine ? null : data.token.slice(1));
    },
    end() {
      canvas?.end();
      upload.end();
    },
  };
}

// The place for a picture, by a button, dropped or pasted: the server finds the digit in it.
// begin(): gives whether nothing was chosen since; take(token): what was found; keep(): it is wanted.
// Returns { update(data), show(pixels), paste(event), end() }, with the 784 pixels of what was
// found, or null.
function buildUpload(sheet, { begin, take, keep }) {
  const input = Object.assign(document.createElement("input"), { type: "file", hidden: true });
  const place = element("div", "place"), button = plainButton("file"), hint = element("span", "how");
  const said = element("div", "problem"), use = plainButton("keep");
  const photo = Object.assign(document.createElement("img"), { alt: "" });
  const form = crispCanvas(SIDE, SIDE), found = element("div", "found");
  const [from, to] = [photo, form].map((picture) => {
    const figure = document.createElement("figure");
    figure.append(picture, document.createElement("figcaption"));
    return figure;
  });
  said.setAttribute("role", "status");
  found.append(from, to);
  place.append(button, hint, input);
  sheet.append(place, said, found, use);
  // The token of the picture that is shown, and where the browser keeps it.
  let data, shown = "", address = "";

  function look(file, token) {
    URL.revokeObjectURL(address);
    shown = token;
    photo.src = address = URL.createObjectURL(file);
  }

  function say(text, problem = false) {
    said.textContent = text;
    said.hidden = !text;
    said.dataset.problem = problem ? "yes" : "no";
  }

  async function read(file) {
    const isLast = begin();
    if (file.size > data.bytes) return say(data.words.large, true);
    say(data.words.reading);
    let answer;
    try {
      const where = labAddress(data.base, `photo?lang=${data.lang}`);
      answer = await (await fetch(where, { method: "POST", body: file })).json();
    } catch {
      answer = { problem: data.words.failed };
    }
    if (!isLast()) return say("");
    say(answer.problem ?? "", true);
    if (!answer.token) return;
    look(file, answer.token);
    take(answer.token);
  }

  function readFirst(event, files) {
    if (!files?.length || sheet.hidden) return;
    event.preventDefault();
    read(files[0]);
  }

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", (event) => {
    readFirst(event, input.files);
    // The same file again is a change, too.
    input.value = "";
  });
  // A dialog around it would take it for its own.
  input.addEventListener("cancel", (event) => event.stopPropagation());
  for (const name of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.dataset.over = name === "dragover" ? "yes" : "no";
    });
  }
  place.addEventListener("drop", (event) => readFirst(event, event.dataTransfer.files));
  use.addEventListener("click", keep);
  say("");

  return {
    update(told) {
      data = told;
      const { words } = data;
      input.accept = data.types.join();
      button.textContent = words.file;
      hint.textContent = words.drop;
      from.lastChild.textContent = words.photo;
      to.lastChild.textContent = words.form;
      use.textContent = words.keep;
    },
    show(pixels) {
      found.hidden = use.hidden = !pixels;
      from.hidden = shown !== data.token;
      if (pixels) form.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
    },
    paste: (event) => readFirst(event, event.clipboardData.files),
    end: () => URL.revokeObjectURL(address),
  };
}

// Bytes made small, as text: Streamlit sends a component's state again with every rerun.
async function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  return linkText(packed);
}

function plainButton(className, text = "") {
  return Object.assign(element("button", className, text), { type: "button" });
}

// The arrow keys move between the buttons of a group, which is one stop of the Tab key.
function arrowKeys(group) {
  group.addEventListener("keydown", (event) => {
    const all = [...group.children].filter((node) => !node.hidden);
    const here = all.indexOf(event.target);
    const columns = Number(group.style.getPropertyValue("--columns")) || 1;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const next = all[here + by];
    if (here < 0 || !next) return;
    event.preventDefault();
    all.forEach((node) => { node.tabIndex = node === next ? 0 : -1; });
    next.focus();
    if (next.getAttribute("role") === "tab") next.click();
  });
}

export default function (component) {
  return mountOnce(component, buildPicker);
}
