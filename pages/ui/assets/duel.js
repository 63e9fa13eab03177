// The live monitor of a GAN: samples of the same noise, what class they read as, how the critic
// scores data and samples, and the curves of both players.

// The columns of the rows that training gives, and of those that the judge gives.
const TRAIN = {
  critic: 1, generator: 2, distance: 3, real: 4, fake: 5, slope: 6, criticGradient: 7, generatorGradient: 8,
};
const TEST = { frechet: 1, precision: 2, recall: 3 };
const BINS = 32;

function buildDuel(root) {
  const host = root.querySelector(".duel-host");
  const follower = runFollower(host, { show, curves, fresh: clear });
  const { head, bar, messages, scrub, write } = follower;
  const key = element("span", "key");
  head.append(key);
  const sheet = crispCanvas(10 * SIDE, 10 * SIDE, "sheet");
  const chart = () => {
    const canvas = document.createElement("canvas");
    canvas.className = "chart";
    return titledPanel("", canvas);
  };
  const samples = titledPanel("", sheet), classes = chart(), scores = chart();
  const board = element("div", "board"), side = element("div", "side");
  side.append(classes, scores);
  board.append(samples, side);
  const charts = element("div", "charts duel");
  // Each with the series of both players, or of data and samples.
  const panels = ["losses", "distance", "scores", "slope", "gradients", "frechet", "coverage"];
  const curve = Object.fromEntries(panels.map((name) => [name, chart()]));
  charts.append(...panels.map((name) => curve[name]));
  host.replaceChildren(head, bar, messages, board, scrub, charts);
  let options, labels;

  const colours = () => {
    const style = getComputedStyle(host);
    return ["--critic", "--generator"].map((name) => style.getPropertyValue(name));
  };

  function curves() {
    const run = follower.run, [first, second] = colours();
    const rows = (table, column) => table.map((row) => [row[0], row[column]]);
    const draw = (name, series, more = {}) => lineChart(curve[name].querySelector("canvas"), host, {
      series: series.map(([table, column, colour]) => ({
        rows: rows(table, column), colour, dots: table === run.test,
      })),
      log: false, last: Math.max(run.answer.epochs, 1), unit: labels.epochs, write,
      lang: options.lang, mark: follower.mark(), ...more,
    });
    draw("losses", [[run.train, TRAIN.critic, first], [run.train, TRAIN.generator, second]]);
    draw("distance", [[run.train, TRAIN.distance, first]]);
    draw("scores", [[run.train, TRAIN.real, first], [run.train, TRAIN.fake, second]]);
    draw("slope", [[run.train, TRAIN.slope, first]], { level: options.slope });
    draw("gradients", [
      [run.train, TRAIN.criticGradient, first], [run.train, TRAIN.generatorGradient, second],
    ], { log: true });
    draw("frechet", [[run.test, TEST.frechet, second]], { log: true, level: options.floor });
    draw("coverage", [[run.test, TEST.precision, first], [run.test, TEST.recall, second]]);
  }

  function show(shot) {
    const context = sheet.getContext("2d");
    for (let i = 0; i < 100; i++) {
      const pixels = shot.samples.data.subarray(784 * i, 784 * (i + 1));
      context.putImageData(digitImage(pixels, 1), (i % 10) * SIDE, Math.floor(i / 10) * SIDE);
    }
    drawClasses(shot.counts.data);
    drawScores(shot.real_scores.data, shot.fake_scores.data);
  }

  // Bars of the ten classes, and a line where each has a tenth.
  function drawClasses(counts) {
    const canvas = classes.querySelector("canvas");
    const [context, width, height] = sharp(canvas), style = getComputedStyle(host);
    const total = counts.reduce((a, b) => a + b, 0) || 1;
    const shares = Array.from(counts, (count) => count / total);
    const top = 16, bottom = 20, most = Math.max(0.25, ...shares), tall = height - top - bottom;
    const even = 1 / (options.classCount || 10);
    context.font = `12px ${style.fontFamily}`;
    context.textAlign = "center";
    shares.forEach((share, k) => {
      const x = ((k + 0.12) * width) / 10, w = (0.76 * width) / 10, h = (tall * share) / most;
      context.fillStyle = options.palette[k];
      context.fillRect(x, top + tall - h, w, h);
      context.fillStyle = style.color;
      context.fillText(options.classes[k], x + w / 2, height - 5);
      context.globalAlpha = 0.7;
      if (share >= 0.005) context.fillText(`${Math.round(100 * share)}`, x + w / 2, top + tall - h - 4);
      context.globalAlpha = 1;
    });
    context.globalAlpha = 0.6;
    context.strokeStyle = style.color;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(0, top + tall * (1 - even / most));
    context.lineTo(width, top + tall * (1 - even / most));
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
    const worst = shares.indexOf(Math.max(...shares));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${options.classes[worst]}: ${Math.round(100 * shares[worst])} %`);
  }

  // Two histograms of the critic's scores over one another.
  function drawScores(real, fake) {
    const [context, width, height] = sharp(scores.querySelector("canvas"));
    const style = getComputedStyle(host), all = [...real, ...fake].filter(Number.isFinite);
    if (!all.length) return;
    let low = all.reduce((a, b) => Math.min(a, b)), high = all.reduce((a, b) => Math.max(a, b));
    if (high - low < 1e-9) [low, high] = [low - 0.5, high + 0.5];
    const bins = (values) => {
      const counts = new Float64Array(BINS);
      for (const v of values) counts[Math.min(BINS - 1, Math.floor(((v - low) / (high - low)) * BINS))]++;
      return counts;
    };
    const sets = [bins(real), bins(fake)], most = Math.max(...sets[0], ...sets[1]), tall = height - 24;
    sets.forEach((counts, i) => {
      context.fillStyle = colours()[i];
      context.globalAlpha = 0.6;
      counts.forEach((count, k) => {
        const h = (tall * count) / most;
        context.fillRect((k * width) / BINS, 4 + tall - h, width / BINS - 1, h);
      });
    });
    context.globalAlpha = 0.75;
    context.fillStyle = style.color;
    context.font = `11px ${style.fontFamily}`;
    context.textAlign = "left";
    context.fillText(write(low), 0, height - 4);
    context.textAlign = "right";
    context.fillText(write(high), width, height - 4);
    context.globalAlpha = 1;
  }

  function clear() {
    for (const panel of [samples, classes, scores, ...Object.values(curve)]) {
      panel.querySelector("canvas").getContext("2d").reset();
    }
  }

  // A title, and the names of its two lines in their colours.
  function name(panel, title, one, two) {
    const marks = one ? [element("i", "line critic"), one, element("i", "line generator"), two] : [];
    const legend = element("span", "key");
    legend.append(...marks);
    panel.caption.replaceChildren(title, ...(one ? [legend] : []));
  }

  return {
    update({ data, setTriggerValue }) {
      options = data;
      labels = data.labels;
      name(samples, labels.samples);
      name(classes, labels.classes);
      name(scores, labels.histogram, labels.real, labels.fake);
      name(curve.losses, labels.losses, labels.critic, labels.generator);
      name(curve.distance, labels.distance);
      name(curve.scores, labels.scores, labels.real, labels.fake);
      name(curve.slope, labels.slope);
      name(curve.gradients, labels.gradients, labels.critic, labels.generator);
      name(curve.frechet, labels.frechet);
      name(curve.coverage, labels.coverage, labels.precision, labels.recall);
      follower.follow(data, setTriggerValue);
    },
    end() {
      follower.end();
    },
  };
}

export default function (component) {
  return mountOnce(component, buildDuel);
}
