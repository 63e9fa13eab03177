// The live monitor of two translators: what both sides minimise, how good they are on test digits,
// and a film of ten digits of each domain, translated and brought back.

// The columns of the rows that the measures give.
const MEASURED = { cycle_mse: 2, frechet: 3, kept: 4 };
const FILM = [["a", "ab", "aba"], ["b", "ba", "bab"]];

function buildTranslating(root) {
  const host = root.querySelector(".translating-host");
  const follower = runFollower(host, { show, curves, fresh: clear });
  const { head, bar, messages, scrub, write } = follower;
  const charts = element("div", "charts"), film = element("div", "film");
  const chart = () => {
    const canvas = document.createElement("canvas");
    canvas.className = "chart";
    return titledPanel("", canvas);
  };
  const panels = ["fooling", "cycle", "critics", "cycle_mse", "kept", "frechet"];
  const curve = Object.fromEntries(panels.map((name) => [name, chart()]));
  charts.append(...panels.map((name) => curve[name]));
  const strips = {}, names = {};
  for (const way of FILM) {
    const side = element("div", "way");
    for (const kind of way) {
      strips[kind] = crispCanvas(10 * SIDE + 9, SIDE, "strip");
      names[kind] = element("span", "name");
      side.append(names[kind], strips[kind], saveButton(strips[kind], `film-${kind}`, 8));
    }
    film.append(side);
  }
  host.replaceChildren(head, bar, messages, film, scrub, charts);
  let options, labels;

  const colour = (name) => getComputedStyle(host).getPropertyValue(name);

  function curves() {
    const run = follower.run;
    const draw = (name, series, more = {}) => lineChart(curve[name].querySelector("canvas"), host, {
      series, log: false, last: Math.max(run.answer.epochs, 1), unit: labels.epochs, write,
      lang: options.lang, mark: follower.mark(), ...more,
    });
    const trained = (term, ink) => ({
      rows: run.train.map((row) => [row[0], row[2 + run.terms.indexOf(term)]]), colour: ink,
    });
    const measured = (name) => [{
      rows: run.test.map((row) => [row[0], row[MEASURED[name]]]), colour: colour("--test"), dots: true,
    }];
    draw("fooling", [trained("fooling", colour("--train"))]);
    draw("cycle", [trained("cycle", colour("--train"))], { log: true });
    draw("critics", [
      trained("critic_a", colour("--train")), trained("critic_b", colour("--other")),
    ]);
    draw("cycle_mse", measured("cycle_mse"), { log: true });
    draw("kept", measured("kept"));
    draw("frechet", measured("frechet"), { log: true });
    // Between two datasets no class is to be kept.
    curve.kept.hidden = run.test.length > 0 && run.test[0].length <= MEASURED.kept;
  }

  function show(shot) {
    for (const [kind, canvas] of Object.entries(strips)) {
      const context = canvas.getContext("2d"), pixels = shot[kind].data;
      for (let i = 0; i < shot[kind].shape[0]; i++) {
        context.putImageData(digitImage(pixels.subarray(784 * i, 784 * (i + 1)), 1), i * (SIDE + 1), 0);
      }
    }
  }

  function clear() {
    for (const canvas of Object.values(strips)) canvas.getContext("2d").reset();
    for (const name of panels) curve[name].querySelector("canvas").getContext("2d").reset();
  }

  return {
    update({ data, setTriggerValue }) {
      options = data;
      labels = data.labels;
      for (const name of panels) curve[name].caption.textContent = labels[name];
      curve.critics.caption.append(key("train", labels.a), key("other", labels.b));
      for (const [start, there, back] of FILM) {
        names[start].textContent = labels[start];
        names[there].textContent = labels[there];
        names[back].textContent = labels.back;
      }
      nameSaves(host, labels.save);
      follower.follow(data, setTriggerValue);
    },
    end: follower.end,
  };

  function key(kind, word) {
    const box = element("span", "key");
    box.append(element("i", `line ${kind}`), word);
    return box;
  }
}

export default function (component) {
  return mountOnce(component, buildTranslating);
}
