// Two clouds of as many points, one of which is dragged as a whole, and the cheapest way to pair
// their points: each carries the same mass, so that the mean length of the lines is W₁.

const MATCH_REACH = 4.5;
const STEP_BY_KEY = 0.1;

function buildMatching(root) {
  const host = root.querySelector(".matching-host");
  const problem = element("div", "problem"), figure = element("figure", "panel");
  const canvas = element("canvas", "plane"), side = element("div", "side");
  const numbers = element("table", "numbers"), note = element("div", "note");
  problem.setAttribute("role", "status");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  figure.append(canvas, saveButton(canvas, "matching"));
  const saveLines = element("button", "save");
  saveLines.type = "button";
  saveLines.dataset.kind = "CSV";
  side.append(numbers, note, saveLines);
  host.replaceChildren(problem, figure, side);

  let words, colours, p, q, partner = [], at = [0, 0], grip = null;
  const moved = () => q.map(([a, b]) => [a + at[0], b + at[1]]);
  const far = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
  const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const decimals = (value, digits = 3) => value.toLocaleString(words.lang, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });

  function draw() {
    const points = moved();
    partner = assign(points.map((one) => p.map((other) => far(one, other))));
    const middle = (cloud) => [0, 1].map((k) => mean(cloud.map((one) => one[k])));
    const values = {
      w1: mean(points.map((one, i) => far(one, p[partner[i]]))),
      numbered: mean(points.map((one, i) => far(one, p[i]))),
      means: far(middle(points), middle(p)),
    };
    numbers.replaceChildren(...Object.entries(values).map(([name, value]) => {
      const row = element("tr", ""), cell = element("td", "", decimals(value));
      row.dataset.name = name;
      cell.dataset.value = value;
      row.append(element("th", "", words.numbers[name]), cell);
      return row;
    }));
    host.dataset.partner = Array.from(partner).join(",");
    host.dataset.at = at.join(",");
    paint(points);
  }

  function paint(points) {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    fitToScreen(canvas, box);
    const style = getComputedStyle(host), c = canvas.getContext("2d");
    const ratio = canvas.width / box.width, { width, height } = box;
    const scale = Math.min(width, height) / (2 * MATCH_REACH);
    const place = ([a, b]) => [width / 2 + a * scale, height / 2 - b * scale];
    const ink = style.getPropertyValue("--st-text-color");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = style.getPropertyValue("--st-background-color");
    c.fillRect(0, 0, width, height);
    c.font = `13px ${style.getPropertyValue("--st-font")}`;
    c.fillStyle = c.strokeStyle = ink;
    c.textBaseline = "alphabetic";
    c.textAlign = "center";
    const line = (from, to) => {
      c.beginPath();
      c.moveTo(...from);
      c.lineTo(...to);
      c.stroke();
    };
    const across = width / 2 / scale;
    for (let v = -Math.floor(across); v <= across; v++) {
      c.globalAlpha = 0.1;
      line(place([v, MATCH_REACH]), place([v, -MATCH_REACH]));
      c.globalAlpha = 0.8;
      if (v % 2 === 0) c.fillText(decimals(v, 0).replace("-", "−"), place([v, 0])[0], height - 6);
    }
    for (let v = -4; v <= 4; v++) {
      c.globalAlpha = 0.1;
      line(place([-across, v]), place([across, v]));
      c.globalAlpha = 0.8;
      c.textAlign = "left";
      if (v % 2 === 0) c.fillText(decimals(v, 0).replace("-", "−"), 4, place([0, v])[1] + 4);
    }
    c.textAlign = "right";
    c.fillText("x₁", width - 6, height - 22);
    c.textAlign = "left";
    c.fillText("x₂", 24, 14);
    c.globalAlpha = 0.6;
    c.lineWidth = 1.6;
    points.forEach((one, i) => line(place(one), place(p[partner[i]])));
    c.globalAlpha = 1;
    for (const [cloud, colour, name] of [[p, colours.p, words.p], [points, colours.q, words.q]]) {
      c.fillStyle = colour;
      cloud.forEach((one) => {
        c.beginPath();
        c.arc(...place(one), 5.5, 0, 7);
        c.fill();
      });
      const top = cloud.reduce((best, one) => (one[1] > best[1] ? one : best));
      const [a, b] = place(top);
      c.textAlign = "center";
      c.font = c.font.replace("13px", "600 15px");
      c.fillText(name, clamp(a, 60, width - 60), Math.max(16, b - 12));
      c.font = c.font.replace("600 15px", "13px");
    }
    c.lineWidth = 1;
  }

  function moveTo(x, y) {
    const rounded = (v) => Number(clamp(v, -MATCH_REACH, MATCH_REACH).toFixed(2));
    at = [rounded(x), rounded(y)];
    draw();
  }

  const remember = () => putInLink({ at: at.join(",") });

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || grip) return;
    canvas.setPointerCapture(event.pointerId);
    grip = { id: event.pointerId, x: event.clientX, y: event.clientY, at };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== grip?.id) return;
    const scale = Math.min(canvas.clientWidth, canvas.clientHeight) / (2 * MATCH_REACH);
    moveTo(grip.at[0] + (event.clientX - grip.x) / scale, grip.at[1] - (event.clientY - grip.y) / scale);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(name, () => {
      if (grip) remember();
      grip = null;
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const by = ARROW_STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    moveTo(at[0] + STEP_BY_KEY * by[0], at[1] - STEP_BY_KEY * by[1]);
    remember();
  });
  saveLines.addEventListener("click", () => {
    const rows = moved().map((one, i) => [...one, ...p[partner[i]], far(one, p[partner[i]])].join(","));
    const text = `${["q_x1,q_x2,p_x1,p_x2,length", ...rows].join("\n")}\n`;
    saveBlob(new Blob([text], { type: "text/csv" }), "matching.csv");
  });
  const observer = new ResizeObserver(() => words && paint(moved()));
  observer.observe(host);

  function recall() {
    const asked = inLink("at");
    if (asked === null) return;
    const found = asked.split(",").map(Number);
    if (found.length === 2 && found.every(Number.isFinite)) {
      at = found.map((v) => clamp(v, -MATCH_REACH, MATCH_REACH));
    } else {
      problem.textContent = words.unknown.replace("{name}", "at").replace("{value}", asked.slice(0, 60));
    }
  }

  return {
    update({ data }) {
      const first = !words;
      ({ words, palette: colours, p, q } = data);
      if (first) {
        at = data.at;
        recall();
      }
      canvas.setAttribute("aria-label", words.canvas);
      note.textContent = words.note;
      nameSaves(host, words.save);
      draw();
      host.dataset.ready = "yes";
    },
    end() { observer.disconnect(); },
  };
}

export default function (component) {
  return mountOnce(component, buildMatching);
}
