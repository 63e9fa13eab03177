// Drawing digits and getting along with Streamlit's way of mounting a component.

const SIDE = 28;

// Pixels of one picture, in [0, 1] or 0 to 255, as an ImageData of 28x28: white ink on black.
function digitImage(pixels, scale = 255) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const grey = pixels[i] * scale;
    image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = grey;
    image.data[4 * i + 3] = 255;
  }
  return image;
}

// A canvas that shows its own pixels as sharp squares, however large it is on the page.
function crispCanvas(width, height, className = "") {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.className = `crisp ${className}`;
  return canvas;
}

// Streamlit calls a component again whenever its data changes: keep what was built on the
// root element, build it once, and return what ends it.
function mountOnce(component, build) {
  const root = component.parentElement;
  root.labState ??= build(root);
  root.labState.update(component);
  return () => {
    root.labState?.end?.();
    root.labState = null;
  };
}

function element(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

// The test pictures of a dataset, fetched once a page: { images: Uint8Array, labels, count }.
function loadPictures(base, dataset) {
  const kept = (window.labPictures ??= {});
  kept[dataset] ??= fetch(labAddress(base, `pictures/${dataset}`))
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)))
    .then((buffer) => {
      const { arrays } = readSafetensors(new Uint8Array(buffer));
      const labels = arrays.labels.data;
      return { images: arrays.images.data, labels, count: labels.length };
    })
    .catch((error) => {
      delete kept[dataset];
      throw error;
    });
  return kept[dataset];
}

// The digits that the pickers of the page hold, for views that follow one without its weights
// being sent again: ``take`` gets its 784 bytes now and at each change. Returns what ends it.
function shareDigit(key, pixels) {
  (window.labDigits ??= {})[key] = pixels;
  window.dispatchEvent(new CustomEvent("labdigit", { detail: key }));
}

function followDigit(key, take) {
  const listen = (event) => {
    if (event.detail === key) take(window.labDigits[key]);
  };
  window.addEventListener("labdigit", listen);
  if (window.labDigits?.[key]) take(window.labDigits[key]);
  return () => window.removeEventListener("labdigit", listen);
}

// Save a canvas as a PNG, each of its pixels a square of ``scale`` pixels.
function savePicture(canvas, name, scale = 1) {
  const large = document.createElement("canvas");
  large.width = canvas.width * scale;
  large.height = canvas.height * scale;
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => saveBlob(blob, `${name}.png`));
}

function saveBlob(blob, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

// Save a drawing of vectors with the colours and letters that the page gives it.
function saveVector(svg, name) {
  const copy = svg.cloneNode(true), kept = ["fill", "stroke", "stroke-width", "stroke-dasharray",
    "opacity", "font-size", "font-family", "font-weight"];
  copy.setAttribute("xmlns", svg.namespaceURI);
  const from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const style = getComputedStyle(node);
    kept.forEach((property) => to[i].style.setProperty(property, style.getPropertyValue(property)));
  });
  copy.style.background = getComputedStyle(svg).backgroundColor;
  const text = new XMLSerializer().serializeToString(copy);
  saveBlob(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
}

// A small button that saves what ``picture`` shows, a canvas as PNG and vectors as SVG; its
// words come with ``update``.
function saveButton(picture, name, scale = 1) {
  const button = element("button", "save", "↓");
  const isCanvas = picture instanceof HTMLCanvasElement;
  button.type = "button";
  button.dataset.kind = isCanvas ? "PNG" : "SVG";
  button.addEventListener("click", () =>
    (isCanvas ? savePicture(picture, name, scale) : saveVector(picture, name)));
  return button;
}

// "Save" buttons of a view, in the language of the reader: a sign, the format, and the rest
// for those who hear it.
function nameSaves(root, word) {
  root.querySelectorAll(".save").forEach((button) => {
    button.textContent = `↓ ${button.dataset.kind}`;
    button.setAttribute("aria-label", `${word} (${button.dataset.kind})`);
    button.title = button.getAttribute("aria-label");
  });
}

// Round numbers between low and high, about as many as asked.
function roundTicks(low, high, count = 4) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough);
  const ticks = [];
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) ticks.push(v);
  return ticks;
}

const REDUCED_MOTION = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// The address of a route of the app, wherever the app is mounted.
function labAddress(base, path) {
  const prefix = base ? `/${base.replace(/^\/+|\/+$/g, "")}` : "";
  return `${prefix}/lab/${path}`;
}

// What the address of the page says of a view that lives in the browser: nothing has to be sent.
const inLink = (name) => new URLSearchParams(window.location.search).get(name);

// Streamlit writes the address as it last wrote it, without what the views have said since, and so
// for as long as the page stays the same ``values`` are put back. Null where there is to be nothing.
window.labLink ??= keepLink();

function keepLink() {
  const kept = { page: window.location.pathname, values: {} };
  for (const name of ["pushState", "replaceState"]) {
    const write = window.history[name].bind(window.history);
    window.history[name] = (state, title, url) => {
      const address = new URL(url ?? "", window.location.href);
      if (address.pathname !== kept.page) kept.values = {};
      kept.page = address.pathname;
      write(state, title, withValues(address, kept.values));
    };
  }
  // The way back leads to what the address said then.
  window.addEventListener("popstate", () => { kept.values = {}; });
  return kept;
}

function withValues(address, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  return address;
}

function putInLink(values) {
  const address = withValues(new URL(window.location.href), values);
  Object.assign(window.labLink.values, values);
  if (address.href !== window.location.href) {
    window.history.replaceState(window.history.state, "", address);
  }
}

// Bytes as text for a link.
const linkText = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");

// Where the arrow keys lead in a picture, whose rows run downwards.
const ARROW_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Call ``action`` once nothing has asked for it for a while.
function whenQuiet(action, milliseconds) {
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
  return Object.assign(ask, { cancel: () => clearTimeout(timer) });
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
