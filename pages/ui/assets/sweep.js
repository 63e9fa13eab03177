// How far a sweep has come. It polls a route of the app, and has the board drawn again each time
// that a run has ended or the sweep has changed its state.

const POLL = { running: 600, paused: 2000 };
// Another interaction may have swallowed the word that something has moved.
const TOLD_AGAIN = 10_000;

function buildSweep(root) {
  const host = root.querySelector(".sweep-host");
  const { head, bar, state, figures, advance } = progressHead();
  host.replaceChildren(head, bar);
  let options, set, timer = 0, generation = 0, told = "", toldAt = 0;

  const stand = ({ status, done }) => `${status} ${done}`;

  async function poll() {
    clearTimeout(timer);
    const mine = generation;
    let answer = null;
    try {
      answer = await (await fetch(labAddress(options.base, `sweeps/${options.run}`))).json();
    } catch {
      // The connection is lost for a moment: the sweep goes on, ask again.
    }
    if (mine !== generation) return;
    if (answer) take(answer);
    // Once it has ended, only until the board shows so.
    const wait = answer && stand(answer) === stand(options) ? POLL[answer.status] : POLL.running;
    if (wait) timer = setTimeout(poll, document.hidden ? 4 * wait : wait);
  }

  function take(answer) {
    if (answer.status !== "gone") show(answer);
    const now = stand(answer), isNew = now !== told || Date.now() - toldAt > TOLD_AGAIN;
    if (now === stand(options) || !isNew) return;
    set("moved", now);
    [told, toldAt] = [now, Date.now()];
  }

  function show(answer) {
    const { words } = options;
    const status = answer.queued && answer.status === "running" ? "queued" : answer.status;
    state.textContent = words.status[status] + (answer.waiting > 0 ? ` (${answer.waiting})` : "");
    state.dataset.status = status;
    advance((answer.done + answer.share) / options.names.length);
    const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const parts = [fill(words.done, { done: answer.done, count: options.names.length })];
    if (answer.current !== null) parts.push(options.names[answer.current]);
    if (answer.secondsLeft !== null) parts.push(fill(words.left, { time: clock(answer.secondsLeft) }));
    figures.textContent = parts.join("  ·  ");
    host.dataset.stand = stand(answer);
  }

  return {
    update({ data, setTriggerValue }) {
      options = data;
      set = setTriggerValue;
      generation++;
      poll();
    },
    end() {
      generation++;
      clearTimeout(timer);
    },
  };
}

export default function (component) {
  return mountOnce(component, buildSweep);
}
