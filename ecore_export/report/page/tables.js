// Tables, which DataTables sorts, searches, copies and saves once they are opened.

/** A cell that shows one thing and sorts, copies and saves as another: the exact number. */
const cell = (shown, value) => ({ shown, value });
const counted = (value) => cell(number(value), value);
const rated = (part, whole) => cell(percent(share(part, whole)), share(part, whole) ?? "");
/** A cell of credits; with a price one of money, too. `priced` names both columns. */
const credited = (micro) => [cell(credits(micro, 6), exact(micro)), ...(price ? [cell(inMoney(micro), exactPrice(micro))] : [])];
const priced = (head) => [head, ...(price ? [`${head}, ${price.currency}`] : [])];

/** Credits for one of so many, to four digits. */
function each(micro, many) {
  if (!many) return price ? [cell("–", ""), cell("–", "")] : [cell("–", "")];
  return [cell(credits(micro / many, 4), micro / many / 1e6), ...(price ? [cell(inMoney(micro / many, 6), exactPrice(micro / many))] : [])];
}

const enhanced = {};

function tabulate(name, heads, rows, foot = []) {
  const [table, details] = [at(`${name}-table`), at(`${name}-table`).closest("details")];
  const wasSorted = enhanced[name]?.order();
  enhanced[name]?.destroy();
  delete enhanced[name];
  details.hidden = rows.length + foot.length === 0;
  table.replaceChildren(...[["thead", [heads]], ["tbody", rows], ...(foot.length ? [["tfoot", foot]] : [])].map(([tag, lines]) => {
    const part = document.createElement(tag);
    part.append(...lines.map((cells) => line(cells, tag)));
    return part;
  }));
  const open = () => details.open && !enhanced[name] && rows.length && (enhanced[name] = enhance(table, wasSorted));
  details.ontoggle = open;
  open();
}

function line(cells, part) {
  const made = document.createElement("tr");
  made.append(...cells.map((given, place) => {
    const { shown, value } = given.shown === undefined ? cell(given, given) : given;
    const isHead = part === "thead" || place === 0;
    const box = document.createElement(isHead ? "th" : "td");
    box.textContent = shown;
    if (isHead) box.scope = part === "thead" ? "col" : "row";
    if (part !== "thead") box.dataset.order = value;
    if (place === 0) box.dir = "auto";
    return box;
  }));
  return made;
}

/** What a table is saved as: names as they are, numbers without rounding, and nothing that a spreadsheet would compute. */
function plain(box) {
  if (box.tagName === "TD") return box.dataset.order;
  return /^[=+\-@\t\r]/.test(box.textContent) ? `'${box.textContent}` : box.textContent;
}

function enhance(table, order) {
  const kept = { format: { body: (html, row, column, box) => plain(box), footer: (html, column, box) => box && plain(box) } };
  const titled = { exportOptions: kept, title: null, footer: table.tFoot !== null };
  return new DataTable(table, {
    paging: false,
    autoWidth: false,
    order: order ?? [],
    layout: { topStart: "search", topEnd: "buttons", bottomStart: "info", bottomEnd: null },
    language: { search: "Search", info: "_TOTAL_ lines", infoEmpty: "No line", infoFiltered: "of _MAX_", zeroRecords: "No line has that." },
    buttons: [
      { extend: "copyHtml5", text: "Copy", ...titled },
      { extend: "csvHtml5", text: "Save as CSV", bom: true, filename: table.id.replace("-table", ""), ...titled },
    ],
    initComplete() {
      const frame = table.closest(".dt-layout-table");
      Object.entries({ tabindex: 0, role: "region", "aria-label": table.getAttribute("aria-label") }).forEach(([key, value]) => frame.setAttribute(key, value));
    },
  });
}
