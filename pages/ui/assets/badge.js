// How busy the machine is and what it computes with; asking also tells that the page is open.

function buildBadge(root) {
  const host = root.querySelector(".badge-host");
  let options, timer = 0, ended = false;

  async function ask() {
    clearTimeout(timer);
    try {
      const response = await fetch(labAddress(options.base, "load"));
      if (response.ok) show(await response.json());
    } catch {
      // The server is away for a moment: ask again later.
    }
    if (!ended) timer = setTimeout(ask, 4000);
  }

  function show(load) {
    const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const rows = [fill(load.training || load.waiting ? options.busy : options.idle, load)];
    if (load.device) {
      const dataset = options.datasets[load.dataset];
      rows.push(fill(options.device, load), fill(options.dataset, { dataset }));
    }
    host.replaceChildren(...rows.map((text, i) => {
      const row = element("div", i ? "row" : "row first", text);
      row.dataset.busy = load.training > 0 && i === 0;
      return row;
    }));
  }

  return {
    update({ data }) {
      options = data;
      ask();
    },
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}

export default function (component) {
  return mountOnce(component, buildBadge);
}
