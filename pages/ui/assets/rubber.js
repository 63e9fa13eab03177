// Rubbing pixels of a 28x28 canvas out by hand, with mouse, finger, pen or keys.

const RUBBER_REACH = 2.3;

// canvas: the picture, whose parent takes the tip; gone: a Uint8Array(784), 1 where something was
// rubbed out; onChange(): it was changed. Returns { rubbing(on), say(label) }.
function buildRubber(canvas, gone, onChange) {
  const tip = element("div", "rubberTip");
  canvas.after(tip);
  let pointer = null, last = null, at = [SIDE / 2, SIDE / 2], on = false;

  function rub([x, y]) {
    for (let i = 0; i < gone.length; i++) {
      const away = Math.hypot((i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y);
      if (away <= RUBBER_REACH) gone[i] = 1;
    }
  }

  // Without gaps, however fast the pointer is.
  function rubTo(point) {
    const [x, y] = last ?? point;
    const steps = Math.max(1, Math.ceil(Math.hypot(point[0] - x, point[1] - y)));
    for (let k = 1; k <= steps; k++) {
      rub([x + ((point[0] - x) * k) / steps, y + ((point[1] - y) * k) / steps]);
    }
    last = point;
    onChange();
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE,
      ((event.clientY - box.top) / box.height) * SIDE];
  }

  function showTip() {
    const side = canvas.offsetWidth / SIDE;
    tip.style.left = `${canvas.offsetLeft + at[0] * side}px`;
    tip.style.top = `${canvas.offsetTop + at[1] * side}px`;
    tip.style.width = `${2 * RUBBER_REACH * side}px`;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!on || event.button || pointer !== null) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    last = null;
    rubTo(place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!on) return;
    at = place(event);
    showTip();
    if (event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    (passed.length ? passed : [event]).forEach((one) => rubTo(place(one)));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(name, () => { pointer = null; });
  }
  canvas.addEventListener("keydown", (event) => {
    const by = ARROW_STEPS[event.key];
    if (!on || !(by || event.key === " ")) return;
    event.preventDefault();
    if (by) at = at.map((v, i) => clamp(v + by[i], 0, SIDE));
    else {
      last = null;
      rubTo(at);
    }
    showTip();
  });
  canvas.addEventListener("focus", showTip);

  return {
    gone,
    rubbing(yes) {
      on = yes;
      canvas.parentNode.dataset.rubbing = on ? "yes" : "no";
      canvas.tabIndex = on ? 0 : -1;
      canvas.setAttribute("role", on ? "application" : "img");
    },
    say(label) { canvas.setAttribute("aria-label", label); },
  };
}

// What was rubbed out as the text of a link, empty where nothing was.
function rubbedText(gone) {
  if (!gone.some(Boolean)) return "";
  const bytes = new Uint8Array(gone.length / 8);
  gone.forEach((v, i) => { bytes[i >> 3] |= v << (i & 7); });
  return linkText(bytes);
}

// Its inverse, a Uint8Array(784), or null where the text can't be read.
function readRubbed(text) {
  let bytes;
  try {
    bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  if (bytes.length !== (SIDE * SIDE) / 8) return null;
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) =>
    (bytes.charCodeAt(i >> 3) >> (i & 7)) & 1);
}
