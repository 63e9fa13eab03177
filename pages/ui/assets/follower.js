// Following a run: its state, rows and snapshots, asked of a route of the app while it is live, and
// a slider through the snapshots that have come. Nothing of the page reruns meanwhile, but once
// each time that the run's status changes.

const POLL = { queued: 700, running: 350, paused: 1500 };
const LIVE = new Set(Object.keys(POLL));

// host: the component's root; show: called with a snapshot; curves: called when rows came or all is
// to be drawn anew; fresh: called when another run is followed.
// Gives { head, bar, messages, scrub }: its nodes; run: what is known; follow(data, set): from a
// component's update; end().
function runFollower(host, { show, curves, fresh }) {
  const { head, bar, state, figures, advance } = progressHead();
  const messages = element("div", "messages");
  const scrub = element("div", "scrub"), play = element("button", "play", "▶");
  const time = document.createElement("input"), when = element("span", "when");
  Object.assign(time, { type: "range", min: 0, max: 0, value: 0, className: "time" });
  scrub.append(play, time, when);
  let options, labels, set, timer = 0, player = 0, generation = 0, colour = "";
  const self = { head, bar, messages, scrub, run: null, write, mark, redraw, follow, end };

  function write(value, digits = 2) {
    return value.toLocaleString(options.lang, { maximumSignificantDigits: Math.max(digits, 3) });
  }

  // status: as the page has drawn it, which may be old by the time of the first answer.
  const begin = (id, status) => ({
    id, status, train: [], test: [], terms: [], snapshots: [], follow: true, fetching: false,
  });

  // The epoch that is looked at, null while the newest is.
  function mark() {
    const shown = self.run.snapshots[Number(time.value)];
    return shown && !self.run.follow ? shown.epoch : null;
  }

  async function poll() {
    clearTimeout(timer);
    const run = self.run, mine = generation, query = new URLSearchParams({
      train: run.train.length, test: run.test.length, lang: options.lang,
    });
    let answer = null;
    try {
      const response = await fetch(labAddress(options.base, `runs/${run.id}?${query}`));
      answer = await response.json();
    } catch {
      // The connection is lost for a moment: the run goes on, ask again.
    }
    if (mine !== generation) return;
    if (answer) take(answer);
    const wait = answer ? POLL[answer.status] : 2000;
    if (wait) timer = setTimeout(poll, document.hidden ? 4 * wait : wait);
  }

  function take(answer) {
    const run = self.run;
    if (answer.status === "gone") {
      state.textContent = labels.gone;
      return;
    }
    run.train.push(...answer.train);
    run.test.push(...answer.test);
    run.terms = answer.terms;
    const changed = run.status !== answer.status;
    run.status = answer.status;
    run.answer = answer;
    showHead();
    if (answer.train.length || answer.test.length) curves();
    fetchSnapshots(answer.snapshots);
    if (changed) set("status", answer.status);
  }

  async function fetchSnapshots(count) {
    const run = self.run;
    if (run.fetching) return;
    run.fetching = true;
    const mine = generation;
    try {
      while (run.snapshots.length < count && mine === generation) {
        const path = `runs/${run.id}/snapshots/${run.snapshots.length}`;
        const response = await fetch(labAddress(options.base, path));
        if (!response.ok) break;
        const { metadata, arrays } = readSafetensors(new Uint8Array(await response.arrayBuffer()));
        run.snapshots.push({ ...metadata, epoch: Number(metadata.epoch), ...arrays });
        if (mine !== generation) return;
        time.max = run.snapshots.length - 1;
        if (run.follow) {
          time.value = time.max;
          showSnapshot();
        }
      }
    } finally {
      run.fetching = false;
    }
  }

  function showHead() {
    const a = self.run.answer;
    state.textContent = labels.status[a.status] + (a.waiting > 0 ? ` (${a.waiting})` : "");
    state.dataset.status = a.status;
    advance(a.epochs ? a.epoch / a.epochs : 0);
    const parts = [
      `${labels.epoch} ${a.epoch.toLocaleString(options.lang, { maximumFractionDigits: 1 })} / ${a.epochs.toLocaleString(options.lang)}`,
      clock(a.seconds),
    ];
    if (a.status === "running" && a.secondsLeft !== null) parts.push(`${labels.left} ${clock(a.secondsLeft)}`);
    if (a.headline !== null) {
      const digits = options.headlineDigits;
      parts.push(`${labels.headline} ${a.headline.toLocaleString(options.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits })}`);
    }
    figures.textContent = parts.join("  ·  ");
    messages.textContent = a.messages.join(" ");
  }

  function showSnapshot() {
    const shot = self.run.snapshots[Number(time.value)];
    if (!shot) return;
    when.textContent = `${labels.epoch} ${shot.epoch.toLocaleString(options.lang, { maximumFractionDigits: 2 })}`;
    show(shot);
    host.dataset.snapshot = time.value;
  }

  function redraw() {
    if (!self.run?.answer) return;
    curves();
    showSnapshot();
  }

  function stopPlaying() {
    clearInterval(player);
    player = 0;
    play.textContent = "▶";
  }

  time.addEventListener("input", () => {
    stopPlaying();
    self.run.follow = Number(time.value) === Number(time.max);
    redraw();
  });
  play.addEventListener("click", () => {
    if (player) return stopPlaying();
    if (Number(time.value) >= Number(time.max)) time.value = 0;
    self.run.follow = false;
    play.textContent = "❚❚";
    player = setInterval(() => {
      time.value = Number(time.value) + 1;
      if (Number(time.value) >= Number(time.max)) {
        self.run.follow = true;
        stopPlaying();
      }
      redraw();
    }, 250);
  });
  const resized = new ResizeObserver(redraw);
  resized.observe(host);
  // A canvas does not follow a change of theme by itself.
  const watch = setInterval(() => {
    const now = getComputedStyle(host).color;
    if (now !== colour) redraw();
    colour = now;
  }, 500);

  function follow(data, tell) {
    const relabelled = options && options.lang !== data.lang;
    options = data;
    labels = data.labels;
    set = tell;
    play.setAttribute("aria-label", labels.play);
    time.setAttribute("aria-label", labels.time);
    const isNew = !self.run || self.run.id !== data.run || relabelled;
    if (isNew) {
      generation++;
      stopPlaying();
      self.run = begin(data.run, data.status);
      when.textContent = "";
      Object.assign(time, { max: 0, value: 0 });
      fresh();
    }
    if (isNew || !LIVE.has(self.run.status) || self.run.status !== data.status || data.moved !== self.moved) poll();
    self.moved = data.moved;
  }

  function end() {
    generation++;
    clearTimeout(timer);
    clearInterval(watch);
    stopPlaying();
    resized.disconnect();
  }
  return self;
}
