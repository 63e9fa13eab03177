// The parts of the latent space view on the page, and their words.

function latentLayout(host) {
  const ui = {};
  const make = (name, tag, className = name) => (ui[name] = element(tag, className));
  const button = (name, text) => {
    const node = make(name, "button", "tool");
    node.type = "button";
    node.textContent = text;
    return node;
  };
  const labelled = (name, tag) => {
    const label = element("label", "control"), text = element("span", "controlName");
    label.append(text, make(name, tag, `input ${name}`));
    ui[`${name}Name`] = text;
    return label;
  };
  const option = (value) => {
    const node = element("option");
    node.value = value;
    return node;
  };
  const digit = (className) => crispCanvas(SIDE, SIDE, className);
  const named = (canvas) => {
    const box = element("div", "named"), name = element("div", "name");
    box.append(canvas, name);
    return [box, name];
  };

  // Above: which plane.
  const tools = element("div", "tools");
  const basis = labelled("basis", "select");
  ui.basis.append(option("units"), option("principal"));
  const x = labelled("xAxis", "select"), y = labelled("yAxis", "select");
  ui.axes = [ui.xAxis, ui.yAxis];
  const zoom = element("div", "zoom");
  ui.cloud = element("canvas", "cloud");
  zoom.append(
    button("in", "+"), button("out", "−"), button("reset", "⟲"), saveButton(ui.cloud, "codes"),
  );
  tools.append(basis, x, y, zoom);

  // Left: the plane.
  const left = element("div", "left");
  make("field", "div").tabIndex = 0;
  ui.field.setAttribute("role", "application");
  make("ring", "div");
  make("ellipse", "div");
  ui.field.append(ui.cloud, ui.ellipse, ui.ring);
  ui.low = [element("span", "tick xlow"), element("span", "tick ylow")];
  ui.high = [element("span", "tick xhigh"), element("span", "tick yhigh")];
  make("xName", "span", "tick xname");
  make("yName", "span", "tick yname");
  ui.field.append(...ui.low, ...ui.high, ui.xName, ui.yName);
  left.append(ui.field, make("legend", "div"));

  // Middle: what is under the pointer.
  const middle = element("div", "middle");
  ui.digit = digit("digit");
  make("value", "div");
  make("held", "div");
  const hover = make("hover", "div");
  ui.truth = digit("");
  ui.back = digit("");
  const [truthBox, truthName] = named(ui.truth), [backBox, backName] = named(ui.back);
  Object.assign(ui, { truthName, backName });
  const pair = element("div", "pair"), samples = element("div", "samples");
  pair.append(truthBox, backBox);
  ui.samplesName = element("div", "name");
  ui.samples = Array.from({ length: SAMPLES }, () => digit(""));
  samples.append(ui.samplesName, ...ui.samples);
  hover.append(make("about", "div"), pair, samples);
  const point = element("div", "pointBox");
  const pointText = element("div", "pointText");
  pointText.append(ui.value, ui.held);
  point.append(ui.digit, pointText);
  middle.append(point, hover);

  // Right: the manifold.
  const right = element("div", "right");
  const boardBox = element("div", "boardBox");
  ui.board = crispCanvas(SIDE, SIDE, "board");
  ui.board.setAttribute("role", "img");
  ui.frame = element("div", "rubber");
  boardBox.append(ui.board, ui.frame);
  const gridTools = element("div", "tools");
  const range = labelled("range", "select"), tiles = labelled("tiles", "input");
  ui.range.append(option("prior"), option("codes"), option("view"));
  Object.assign(ui.tiles, { type: "range", min: 2, max: 30, step: 1, value: 20 });
  tiles.append(make("tilesText", "span"));
  gridTools.append(range, tiles, saveButton(ui.board, "manifold"));
  make("gridTitle", "div", "title");
  right.append(boardBox, gridTools, make("gridHint", "div", "hint"));

  // Below: the other dimensions, and a row of pictures a dimension.
  const others = make("others", "section");
  make("othersTitle", "div", "title");
  others.append(ui.othersTitle, make("sliders", "div"));
  const rows = element("section", "traversalBox");
  make("traversalTitle", "div", "title");
  const all = element("label", "control");
  ui.all = document.createElement("input");
  ui.all.type = "checkbox";
  ui.allName = element("span", "controlName");
  all.append(ui.all, ui.allName);
  ui.allBox = all;
  ui.traversal = crispCanvas(SIDE, SIDE, "traversal");
  const table = element("div", "rows"), rowTools = element("div", "tools");
  table.append(make("rowNames", "div"), ui.traversal);
  rowTools.append(all, saveButton(ui.traversal, "traversal"));
  rows.append(ui.traversalTitle, table, make("rowHint", "div", "hint rowHint"), rowTools);

  make("problem", "div");
  ui.problem.setAttribute("role", "status");
  const stage = element("div", "stage"), below = element("div", "below");
  stage.append(left, middle, right);
  below.append(others, rows);
  host.replaceChildren(ui.problem, tools, stage, below);
  ui.host = host;
  return ui;
}

function latentWords(ui, words) {
  const texts = {
    basisName: words.basis, xAxisName: words.xAxis, yAxisName: words.yAxis,
    rangeName: words.range, tilesName: words.tiles, othersTitle: words.others,
    traversalTitle: words.traversal, allName: words.all, truthName: words.truth,
    backName: words.back, samplesName: words.samples, gridHint: words.rectangle,
  };
  for (const [name, text] of Object.entries(texts)) ui[name].textContent = text;
  for (const select of [ui.basis, ui.range]) {
    for (const option of select.options) option.textContent = words.options[option.value];
  }
  ui.in.setAttribute("aria-label", words.zoomIn);
  ui.out.setAttribute("aria-label", words.zoomOut);
  ui.reset.setAttribute("aria-label", words.reset);
  [ui.in, ui.out, ui.reset].forEach((node) => { node.title = node.getAttribute("aria-label"); });
  nameSaves(ui.host, words.save);
}
