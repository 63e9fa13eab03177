// The latent pad: what a point of a two-dimensional latent space decodes to, under the pointer.

function buildPad(root) {
  const host = root.querySelector(".pad-host");
  const board = crispCanvas(1, 1, "board");
  const cross = element("div", "cross");
  const field = element("div", "field");
  field.tabIndex = 0;
  field.append(board, cross);
  const digit = crispCanvas(SIDE, SIDE, "digit");
  const value = element("div", "value");
  const caption = element("div", "caption");
  const side = element("div", "side");
  side.append(digit, value, caption);
  host.replaceChildren(field, side);

  const tiles = tilePainter(board);
  let decode, labels, reach = 2.5, z = [0, 0], touring = !REDUCED_MOTION, frame = 0, name;

  function show() {
    digit.getContext("2d").putImageData(digitImage(decode(Float32Array.from(z))), 0, 0);
    cross.style.left = `${50 + (50 * z[0]) / reach}%`;
    cross.style.top = `${50 - (50 * z[1]) / reach}%`;
    const text = z.map((v) => v.toLocaleString(labels.lang, {
      minimumFractionDigits: 2, maximumFractionDigits: 2,
    }));
    value.textContent = `z = (${text.join(" ; ")})`;
    field.setAttribute("aria-label", `${labels.field} ${value.textContent}`);
  }

  function move(x, y) {
    z = [x, y].map((v) => Math.max(-reach, Math.min(reach, v)));
    show();
  }

  function paintBoard(n) {
    const at = (share) => (2 * share - 1) * reach;
    tiles.paint({
      decode, rows: n, columns: n,
      codeAt: (row, column) => [at((column + 0.5) / n), at(1 - (row + 0.5) / n)],
      done: () => { host.dataset.ready = "yes"; },
    });
  }

  function tour(time) {
    if (!touring) return;
    move(0.72 * reach * Math.sin(time / 3100), 0.72 * reach * Math.sin(time / 2300 + 1));
    frame = requestAnimationFrame(tour);
  }

  function point(event) {
    touring = false;
    const box = field.getBoundingClientRect();
    move(
      ((event.clientX - box.left) / box.width * 2 - 1) * reach,
      (1 - (event.clientY - box.top) / box.height * 2) * reach,
    );
  }

  field.addEventListener("pointermove", point);
  field.addEventListener("pointerdown", point);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const by = step[event.key];
    if (!by) return;
    event.preventDefault();
    touring = false;
    move(z[0] + by[0] * 0.1, z[1] + by[1] * 0.1);
  });

  return {
    update({ data }) {
      const { metadata, arrays } = readSafetensors(data);
      labels = JSON.parse(metadata.labels);
      caption.textContent = labels.caption;
      if (name === metadata.name) return show();
      name = metadata.name;
      reach = Number(metadata.reach);
      decode = buildDecoder(arrays, JSON.parse(metadata.model));
      paintBoard(Number(metadata.grid));
      show();
      if (touring) frame = requestAnimationFrame(tour);
    },
    end() {
      touring = false;
      cancelAnimationFrame(frame);
      tiles.stop();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildPad);
}
