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

const REDUCED_MOTION = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// The address of a route of the app, wherever the app is mounted.
function labAddress(base, path) {
  const prefix = base ? `/${base.replace(/^\/+|\/+$/g, "")}` : "";
  return `${prefix}/lab/${path}`;
}
