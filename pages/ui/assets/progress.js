// What shows how far something has come: its state, a line of figures, and a bar.

function progressHead() {
  const head = element("div", "head"), bar = element("div", "bar"), fill = element("div", "fill");
  const state = element("span", "state"), figures = element("span", "figures");
  head.append(state, figures);
  bar.setAttribute("role", "progressbar");
  bar.append(fill);
  const advance = (share) => {
    const percent = 100 * Math.min(1, Math.max(0, share));
    fill.style.width = `${percent}%`;
    bar.setAttribute("aria-valuenow", Math.round(percent));
  };
  return { head, bar, state, figures, advance };
}

function clock(seconds) {
  const whole = Math.round(seconds);
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s` : `${whole} s`;
}
