// Charts, and the sentences above them.

const specs = at("specs") ? JSON.parse(at("specs").textContent) : {};
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

const say = (name, text) => (at(`${name}-said`).textContent = text);

/** A chart of named bars: as high as they need, and their names no wider than a third of it. */
const named = (bars, step) => (spec) => {
  const room = document.querySelector("main").clientWidth;
  spec.config.axisY = { ...spec.config.axisY, labelLimit: Math.max(90, Math.min(280, room * 0.34)) };
  return { ...spec, height: bars * step };
};
