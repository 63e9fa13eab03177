// A square to draw one digit on, white on black as MNIST's, with mouse, finger, pen or keys.
//
// A stroke is { width, erase, points: [[x, y], ...] } in shares of the square, or { clear: true }:
// undoing draws all but the last again, and a drawing can outlive its canvas.

const INK_DETAIL = 4;
const INK_FAINT = 16;
const PEN_WIDTH = { min: 0.03, max: 0.2, step: 0.005, value: 0.09 };

// size: pixels a side of the greys that the callbacks get, a Uint8Array with 255 for full ink;
// strokes: a drawing to go on with; onStroke(greys): once a frame while a stroke grows;
// onEnd(greys, empty): after each stroke, undo and clearing.
// Returns { node, strokes, say(words), greys(), isEmpty(), isDown(), end() }; the words are pen, eraser,
// width, undo, clear, canvas, keys, down and up. Its looks are in canvas.css.
function buildCanvas({ size, strokes = [], onStroke = null, onEnd = () => {} }) {
  const side = size * INK_DETAIL;
  const sheet = crispCanvas(side, side, "sheet");
  const context = sheet.getContext("2d");
  const small = crispCanvas(size, size).getContext("2d", { willReadFrequently: true });
  small.imageSmoothingQuality = "high";
  const tip = element("div", "tip"), hint = element("div", "hint"), said = element("div", "said");
  said.setAttribute("role", "status");
  const square = element("div", "square");
  square.tabIndex = 0;
  square.setAttribute("role", "application");
  square.append(sheet, tip, hint);
  const [pen, eraser, undo, clear] = ["pen", "eraser", "undo", "clear"].map((name) => {
    const button = element("button", `tool ${name}`);
    button.type = "button";
    return button;
  });
  const width = Object.assign(document.createElement("input"), { type: "range", ...PEN_WIDTH });
  const widthName = element("span", ""), widthRow = element("label", "width");
  widthRow.append(widthName, width);
  const tools = element("div", "tools");
  tools.append(pen, eraser, undo, clear, widthRow);
  const node = element("div", "ink");
  node.append(square, tools, said);

  let stroke = null, pointer = null, erasing = false, frame = 0, empty = true;
  let cursor = [0.5, 0.5], words = {};

  const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

  // One path a stroke, so that its rim is smooth: curves between the middles of the points, which
  // do not show their corners.
  function paint({ width: thick, erase, points }) {
    context.strokeStyle = erase ? "#000" : "#fff";
    context.lineWidth = thick * side;
    context.lineCap = context.lineJoin = "round";
    const scaled = points.map((point) => point.map((v) => v * side));
    context.beginPath();
    context.moveTo(...scaled[0]);
    scaled.slice(1).forEach((point, i) => {
      context.quadraticCurveTo(...scaled[i], ...middle(scaled[i], point));
    });
    // A hair's breadth further, because a line of no length would leave no dot.
    const [x, y] = scaled.at(-1);
    context.lineTo(x + 0.01, y);
    context.stroke();
  }

  function repaint() {
    context.fillStyle = "#000";
    context.fillRect(0, 0, side, side);
    strokes.slice(strokes.findLastIndex((one) => one.clear) + 1).forEach(paint);
  }

  function greys() {
    small.drawImage(sheet, 0, 0, size, size);
    const { data } = small.getImageData(0, 0, size, size);
    // The faint rim that an eraser leaves is no ink.
    return Uint8Array.from({ length: size * size }, (_, i) =>
      (data[4 * i] < INK_FAINT ? 0 : data[4 * i]));
  }

  function show() {
    pen.setAttribute("aria-pressed", String(!erasing));
    eraser.setAttribute("aria-pressed", String(erasing));
    undo.disabled = !strokes.length;
    clear.disabled = empty;
    tip.style.left = `${100 * cursor[0]}%`;
    tip.style.top = `${100 * cursor[1]}%`;
    tip.style.width = `${100 * width.value}%`;
    tip.dataset.down = stroke ? "yes" : "no";
  }

  function settle() {
    const values = greys();
    empty = values.every((v) => !v);
    show();
    onEnd(values, empty);
  }

  function begin(point, erase) {
    stroke = { width: Number(width.value), erase, points: [point] };
    strokes.push(stroke);
    grown();
  }

  function extend(points) {
    stroke.points.push(...points);
    grown();
  }

  function grown() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      repaint();
      onStroke?.(greys());
    });
  }

  function lift() {
    if (!stroke) return;
    stroke = pointer = null;
    cancelAnimationFrame(frame);
    frame = 0;
    repaint();
    settle();
  }

  function at(event) {
    const box = sheet.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  square.addEventListener("pointerdown", (event) => {
    // The button 5 is the eraser's end of a pen.
    if (![0, 5].includes(event.button) || pointer !== null) return;
    lift();
    square.dataset.keys = "no";
    pointer = event.pointerId;
    begin(at(event), erasing || event.button === 5);
    try {
      square.setPointerCapture(pointer);
    } catch { /* the pointer is gone already */ }
  });
  square.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    extend((passed.length ? passed : [event]).map(at));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    square.addEventListener(name, (event) => {
      if (event.pointerId === pointer) lift();
    });
  }

  square.addEventListener("keydown", (event) => {
    const by = ARROW_STEPS[event.key];
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) takeBack();
    else if (pointer !== null) return;
    else if (by) {
      square.dataset.keys = "yes";
      const step = event.shiftKey ? 0.01 : 0.03;
      cursor = cursor.map((v, i) => clamp(v + by[i] * step, 0, 1));
      if (stroke) extend([cursor]);
      show();
    } else if (event.key === " ") {
      square.dataset.keys = "yes";
      if (stroke) lift();
      else begin(cursor, erasing);
      said.textContent = stroke ? words.down : words.up;
      show();
    } else return;
    event.preventDefault();
  });
  square.addEventListener("blur", lift);

  function takeBack() {
    lift();
    if (!strokes.pop()) return;
    repaint();
    settle();
  }

  undo.addEventListener("click", takeBack);
  clear.addEventListener("click", () => {
    strokes.push({ clear: true });
    repaint();
    settle();
  });
  pen.addEventListener("click", () => { erasing = false; show(); });
  eraser.addEventListener("click", () => { erasing = true; show(); });
  width.addEventListener("input", show);

  repaint();
  empty = greys().every((v) => !v);
  show();

  return {
    node,
    strokes,
    greys,
    isEmpty: () => empty,
    isDown: () => stroke !== null,
    say(told) {
      words = told;
      pen.textContent = words.pen;
      eraser.textContent = words.eraser;
      undo.textContent = words.undo;
      clear.textContent = words.clear;
      widthName.textContent = words.width;
      hint.textContent = words.keys;
      square.setAttribute("aria-label", `${words.canvas}. ${words.keys}`);
    },
    end() {
      cancelAnimationFrame(frame);
    },
  };
}
