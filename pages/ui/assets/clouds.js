// Several ways to choose a code, side by side: where the chosen codes fall among those of real
// digits, and what they decode to.

function buildClouds(root) {
  const host = root.querySelector(".clouds-host");
  let cells = [], told, arrays;

  function build() {
    cells = told.ways.map((way, i) => {
      const cell = element("figure", "cell");
      const cloud = element("canvas", "cloud");
      const tiles = crispCanvas(told.side * SIDE, told.side * SIDE, "tiles");
      cloud.setAttribute("role", "img");
      tiles.setAttribute("role", "img");
      const title = element("figcaption", "title"), note = element("div", "note");
      const score = element("div", "score");
      cell.append(
        title, note, cloud, saveButton(cloud, `codes-${way.key}`),
        tiles, score, saveButton(tiles, `samples-${way.key}`, 2),
      );
      paint(tiles, i);
      return { cell, cloud, tiles, title, note, score };
    });
    host.replaceChildren(...cells.map((c) => c.cell));
    host.style.setProperty("--ways", told.ways.length);
  }

  function paint(canvas, way) {
    const context = canvas.getContext("2d"), { side } = told;
    for (let i = 0; i < side * side; i++) {
      const at = (way * side * side + i) * 784;
      const pixels = arrays.pictures.data.subarray(at, at + 784);
      const image = digitImage(pixels, 1);
      context.putImageData(image, (i % side) * SIDE, Math.floor(i / side) * SIDE);
    }
  }

  function words() {
    cells.forEach((c, i) => {
      const way = told.ways[i];
      c.title.textContent = way.title;
      c.note.textContent = way.note;
      c.score.textContent = way.score;
      c.cloud.setAttribute("aria-label", `${way.title}: ${told.words.cloud}`);
      c.tiles.setAttribute("aria-label", `${way.title}: ${told.words.tiles}`);
    });
  }

  function draw() {
    nameSaves(host, told.words.save);
    const colours = told.palette.map(rgbOf), view = planeView(told.view);
    const { count } = told;
    cells.forEach(({ cloud }, i) => {
      const box = cloud.getBoundingClientRect();
      if (!box.width) return;
      fitToScreen(cloud, box);
      const ratio = cloud.width / box.width;
      drawPoints(cloud, view, arrays.points.data, arrays.labels.data, colours, { radius: ratio });
      const context = cloud.getContext("2d");
      const style = getComputedStyle(host);
      context.lineWidth = 1.5 * ratio;
      for (let k = 0; k < count; k++) {
        const at = 2 * (i * count + k);
        const [u, v] = view.toSquare(arrays.samples.data[at], arrays.samples.data[at + 1]);
        context.beginPath();
        context.arc(u * cloud.width, v * cloud.height, 4 * ratio, 0, 7);
        context.fillStyle = style.getPropertyValue("--st-background-color");
        context.strokeStyle = style.getPropertyValue("--st-text-color");
        context.fill();
        context.stroke();
      }
    });
  }

  const observer = new ResizeObserver(() => told && draw());
  observer.observe(host);

  return {
    update({ data }) {
      const blob = readSafetensors(data);
      arrays = blob.arrays;
      told = JSON.parse(blob.metadata.told);
      build();
      words();
      draw();
      host.dataset.ready = "yes";
    },
    end: () => observer.disconnect(),
  };
}

export default function (component) {
  return mountOnce(component, buildClouds);
}
