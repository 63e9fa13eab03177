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

// A small button that saves what ``canvas`` shows; its words come with ``update``.
function saveButton(canvas, name, scale = 1) {
  const button = element("button", "save", "⭳");
  button.type = "button";
  button.addEventListener("click", () => savePicture(canvas, name, scale));
  return button;
}

const REDUCED_MOTION = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// The address of a route of the app, wherever the app is mounted.
function labAddress(base, path) {
  const prefix = base ? `/${base.replace(/^\/+|\/+$/g, "")}` : "";
  return `${prefix}/lab/${path}`;
}
