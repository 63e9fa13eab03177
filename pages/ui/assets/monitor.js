// The live monitor of a training run: progress, curves, latent space, ten digits, time scrubber.

// Terms whose curves start from zero: they come near it, or are no loss.
const LINEAR = new Set(["kl", "charged-kl", "perplexity", "dead"]);

// The rows and columns of a code's picture: 36 → 6x6, 32 → 8x4, and nearly square otherwise.
function codeShape(d) {
  let columns = Math.floor(Math.sqrt(d));
  while (d % columns) columns--;
  if (columns < Math.sqrt(d) / 2) columns = Math.ceil(Math.sqrt(d));
  return [Math.ceil(d / columns), columns];
}

function buildMonitor(root) {
  const host = root.querySelector(".monitor-host");
  const follower = runFollower(host, { show: showSnapshot, curves: drawCharts, fresh: clear });
  const { head, bar, messages, scrub, write } = follower;
  const key = element("span", "key");
  head.append(key);
  const charts = element("div", "charts"), views = element("div", "views");
  const scatter = document.createElement("canvas");
  scatter.className = "square";
  const manifold = crispCanvas(15 * SIDE, 15 * SIDE, "square manifold");
  const scatterPanel = titledPanel("", scatter), manifoldPanel = titledPanel("", manifold);
  views.append(scatterPanel, manifoldPanel);
  const digits = element("div", "digits");
  const angles = element("div", "angles");
  host.replaceChildren(head, bar, messages, charts, views, digits, scrub, angles);

  let options, labels, run = null;

  // One chart for the total and one a term; the total alone where it is the only term.
  function chartTitles() {
    const terms = run.terms.map((name, i) => [labels.terms[name] ?? name, i + 2, !LINEAR.has(name)]);
    return terms.length > 1 ? [[labels.total, 1, true], ...terms] : terms;
  }

  function drawCharts() {
    const titles = chartTitles();
    if (run.charts.length !== titles.length) {
      run.charts = titles.map(() => {
        const canvas = document.createElement("canvas");
        canvas.className = "chart";
        return canvas;
      });
      charts.replaceChildren(...run.charts.map((canvas, i) => titledPanel(titles[i][0], canvas)));
    }
    run.charts.forEach((canvas, i) => drawChart(canvas, titles[i][1], titles[i][2]));
  }

  function drawChart(canvas, column, log) {
    const style = getComputedStyle(host), rowsOf = (rows) => rows.map((row) => [row[0], row[column]]);
    lineChart(canvas, host, {
      series: [
        { rows: rowsOf(run.train), colour: style.getPropertyValue("--train"), dots: false },
        { rows: rowsOf(run.test), colour: style.getPropertyValue("--test"), dots: true },
      ],
      log, last: Math.max(run.answer.epochs, 1), unit: labels.epochs, write, lang: options.lang,
      mark: follower.mark(),
    });
  }

  function drawScatter(shot) {
    const [context, width, height] = sharp(scatter);
    const style = getComputedStyle(host);
    const [x0, x1, y0, y1] = shot.extent.data;
    const margin = 0.12, w = x1 - x0 || 1, h = y1 - y0 || 1;
    const x = (v) => ((v - x0 + margin * w) / (w * (1 + 2 * margin))) * width;
    const y = (v) => (1 - (v - y0 + margin * h) / (h * (1 + 2 * margin))) * height;
    const points = shot.coordinates.data, classes = shot.labels.data;
    const flat = y1 === y0;
    const sums = Array.from({ length: 10 }, () => [0, 0, 0]);
    context.globalAlpha = 0.8;
    for (let i = 0; i < classes.length; i++) {
      const k = classes[i];
      // A code of one value has no second axis: the class takes its place.
      const px = x(points[2 * i]);
      const py = flat ? ((k + 0.5 + 0.6 * (((i * 37) % 100) / 100 - 0.5)) / 10) * height : y(points[2 * i + 1]);
      context.fillStyle = options.palette[k];
      context.fillRect(px - 2, py - 2, 4, 4);
      sums[k][0] += px;
      sums[k][1] += py;
      sums[k][2]++;
    }
    context.globalAlpha = 1;
    context.font = `700 15px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    sums.forEach(([sx, sy, n], k) => {
      if (!n) return;
      context.strokeStyle = style.getPropertyValue("--st-background-color");
      context.strokeText(options.classes[k], sx / n, sy / n);
      context.fillStyle = style.color;
      context.fillText(options.classes[k], sx / n, sy / n);
    });
  }

  function drawManifold(shot) {
    const context = manifold.getContext("2d"), grid = shot.manifold.shape[0];
    for (let i = 0; i < grid * grid; i++) {
      const pixels = shot.manifold.data.subarray(i * 784, (i + 1) * 784);
      context.putImageData(digitImage(pixels, 1), (i % grid) * SIDE, Math.floor(i / grid) * SIDE);
    }
  }

  function buildDigits(shot) {
    const count = shot.reconstructions.shape[0], d = shot.codes.shape[1];
    const [rows, columns] = codeShape(d);
    const line = (label, width, height, className) => {
      const canvases = Array.from({ length: count }, () => crispCanvas(width, height, className));
      digits.append(element("span", "name", label), ...canvases);
      return canvases;
    };
    digits.replaceChildren();
    digits.style.setProperty("--count", count);
    run.rows = {
      inputs: line(options.noisy ? labels.noisy : labels.input, SIDE, SIDE),
      codes: line(`${labels.code} ${rows}×${columns}`, columns, rows, "codes"),
      reconstructions: line(labels.reconstruction, SIDE, SIDE),
    };
  }

  function drawDigits(shot) {
    if (!run.rows) buildDigits(shot);
    for (const name of ["inputs", "reconstructions"]) {
      run.rows[name].forEach((canvas, i) => {
        const pixels = shot[name].data.subarray(i * 784, (i + 1) * 784);
        canvas.getContext("2d").putImageData(digitImage(pixels, 1), 0, 0);
      });
    }
    const codes = shot.codes.data, d = shot.codes.shape[1];
    const low = codes.reduce((a, b) => Math.min(a, b), 0);
    const most = codes.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
    run.rows.codes.forEach((canvas, i) => {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      const image = context.createImageData(canvas.width, canvas.height);
      for (let k = 0; k < d; k++) {
        const v = codes[i * d + k] / most;
        image.data.fill(255 * (low < 0 ? (v + 1) / 2 : v), 4 * k, 4 * k + 3);
        image.data[4 * k + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    });
  }

  // Where a linear model stands with PCA's subspace; nothing for the others.
  function anglesOf(shot) {
    const all = shot.angles.data, last = all.length - 1;
    if (last < 0) return "";
    const degrees = (i) => `${write(all[i])}°`;
    return labels.angles
      .replace("{smallest}", degrees(0))
      .replace("{median}", degrees(last >> 1))
      .replace("{largest}", degrees(last));
  }

  function showSnapshot(shot) {
    drawScatter(shot);
    drawManifold(shot);
    drawDigits(shot);
    angles.textContent = anglesOf(shot);
  }

  function clear() {
    run = follower.run;
    run.charts = [];
    charts.replaceChildren();
    digits.replaceChildren();
    angles.textContent = "";
    for (const canvas of [scatter, manifold]) canvas.getContext("2d").reset();
  }

  return {
    update({ data, setTriggerValue }) {
      options = data;
      labels = data.labels;
      scatterPanel.caption.textContent = labels.scatter;
      manifoldPanel.caption.textContent = labels.manifold;
      key.replaceChildren(
        element("i", "line train"), labels.train, element("i", "line test"), labels.test,
      );
      follower.follow(data, setTriggerValue);
    },
    end() {
      follower.end();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildMonitor);
}
