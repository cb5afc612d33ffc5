// Sums of what the filters leave, and the ways to show them: a chart, a table, a sentence.

const specs = at("specs") ? JSON.parse(at("specs").textContent) : {};

/** Sums of a table's columns by a key, over the rows that the filters leave; a Map from key to sums. */
function summed(columns, filter, keyOf) {
  const found = new Map();
  const sums = Object.keys(columns);
  for (let row = 0; row < columns.day.length; row++) {
    const day = columns.day[row];
    if (day < filter.from || day > filter.to) continue;
    if (filter.account !== null && columns.account[row] !== filter.account) continue;
    const key = keyOf(columns, row);
    if (!found.has(key)) found.set(key, Object.fromEntries(sums.map((name) => [name, 0])));
    const total = found.get(key);
    for (const name of sums) total[name] += columns[name][row];
  }
  return found;
}
const total = (columns, filter) =>
  summed(columns, filter, () => 0).get(0) ?? Object.fromEntries(Object.keys(columns).map((name) => [name, 0]));

const drawn = {};
async function draw(name, rows, change = (spec) => spec) {
  const place = at(`${name}-chart`);
  place.closest("figure").hidden = rows.length === 0;
  drawn[name]?.finalize();
  drawn[name] = null;
  if (rows.length === 0) return;
  const spec = change({ ...structuredClone(specs[name]), data: { name: "rows", values: rows } });
  if (place.clientWidth < 480) spec.config.legend = { ...spec.config.legend, columns: 2 };
  // Vega makes functions of texts, which the page's policy forbids; `ast` has it interpret them.
  drawn[name] = await vegaEmbed(place, spec, { actions: false, renderer: "svg", ast: true, defaultStyle: false });
}

function tabulate(name, heads, rows) {
  const table = at(`${name}-table`);
  table.closest("details").hidden = rows.length === 0;
  const line = (cells, tag, scope) => {
    const made = document.createElement("tr");
    cells.forEach((text, place) => {
      const cell = document.createElement(tag === "th" || place === 0 ? "th" : "td");
      cell.textContent = text;
      if (cell.tagName === "TH") cell.scope = scope ?? "row";
      if (place === 0) cell.dir = "auto";
      made.append(cell);
    });
    return made;
  };
  const [head, body] = [document.createElement("thead"), document.createElement("tbody")];
  head.append(line(heads, "th", "col"));
  body.append(...rows.map((row) => line(row, "td")));
  table.replaceChildren(head, body);
}
const say = (name, text) => (at(`${name}-said`).textContent = text);

/** A chart of named bars: as high as they need, and their names no wider than a third of it. */
const named = (bars, step) => (spec) => {
  const room = document.querySelector("main").clientWidth;
  spec.config.axisY = { ...spec.config.axisY, labelLimit: Math.max(90, Math.min(280, room * 0.34)) };
  return { ...spec, height: bars * step };
};
