// Which lists are bad, and which cost most. Where a rule puts names together, what belongs together is one list.

const SHOWN_LISTS = 20;
const byGroup = data.groups ? { columns: data.grouped, names: data.groups, leftOut: data.groups_left_out } : null;
const byName = { columns: data.quality, names: data.lists, leftOut: data.lists_left_out };

const isSmall = (row) => row.total_records < data.min_ranked;
const validShare = (row) => row.valid_count / row.total_records;
const worst = (a, b) => isSmall(a) - isSmall(b) || validShare(a) - validShare(b) || b.total_records - a.total_records;
const costly = (a, b) => b.credits_net - a.credits_net || worst(a, b);

/** The lists of a table: ``rows``, in order, those ``unprocessed``, and the sums of the ``others``, which have no name here. */
function listed({ columns, names }, filter, order) {
  const found = summed(columns, filter, (table, row) => table.list[row]);
  const others = found.get(OTHER);
  found.delete(OTHER);
  const all = [...found].map(([code, sums]) => ({ ...sums, name: names[code][1], of: names[code][0] }));
  const rows = all.filter((row) => row.total_records > 0).sort(order);
  const seen = new Map();
  for (const row of rows) {
    const label = data.accounts.length > 1 ? `${row.name} · ${data.accounts[row.of] ?? "another account"}` : row.name;
    seen.set(label, (seen.get(label) ?? 0) + 1);
    row.label = seen.get(label) > 1 ? `${label} (${seen.get(label)})` : label;
  }
  return { rows, unprocessed: all.filter((row) => row.total_records === 0), others };
}

function showLists(filter) {
  const order = at("order").value === "costly" ? costly : worst;
  const shown = byGroup ?? byName;
  const found = listed(shown, filter, order);
  const { rows } = found;
  sayLists(found, shown.leftOut);
  at("lists-caption").textContent = `Addresses by result, ${order === worst ? "worst" : "costliest"} list first` +
    (rows.length > SHOWN_LISTS ? ` (${SHOWN_LISTS} of ${number(rows.length + shown.leftOut)} lists)` : "");
  tabulateLists("lists", found, shown.leftOut);
  if (byGroup) tabulateLists("names", listed(byName, filter, order), byName.leftOut);
  const bars = rows.slice(0, SHOWN_LISTS).flatMap((row) =>
    ["invalid", "unknown", "other", "valid"].map((verdict, place) => ({
      list: row.label, verdict, place, addresses: row[`${verdict}_count`], share: row[`${verdict}_count`] / row.total_records,
    })));
  return [draw("lists", bars, named(Math.min(rows.length, SHOWN_LISTS), 24))];
}

function tabulateLists(table, { rows, unprocessed, others }, leftOut) {
  const cells = (name, row) => [name, counted(row.jobs), counted(row.total_records),
    ...["valid", "invalid", "unknown", "other"].map((verdict) => rated(row[`${verdict}_count`], row.total_records)),
    ...credited(row.credits_net), ...each(row.credits_net, row.valid_count)];
  const lines = [...rows, ...unprocessed].map((row) => cells(row.label ?? row.name, row));
  const foot = others ? [cells(`${number(leftOut)} other lists, added up`, others)] : [];
  tabulate(table, ["list", "jobs", "addresses", "valid", "invalid", "unknown", "other", ...priced("net credits"), ...priced("credits per valid")], lines, foot);
}

function sayLists({ rows, others }, leftOut) {
  if (rows.length === 0) return say("lists", "No list was processed in this period.");
  const bad = [...rows].sort(worst)[0];
  const dear = [...rows].sort(costly)[0];
  const small = rows.filter(isSmall).length;
  const known = rows.length + (others ? leftOut : 0);
  say("lists",
    `Of ${count(known, "list")}, ${isolated(bad.label)} is worst: ${percent(share(bad.valid_count, bad.total_records))} of its ${count(bad.total_records, "address")} are valid. ` +
    `Most was spent on ${isolated(dear.label)}: ${spent(dear.credits_net)} net.` +
    (small === rows.length ? ` None has ${data.min_ranked} addresses, so that chance alone can make one look bad.` :
      small ? ` ${count(small, "list")} of under ${data.min_ranked} addresses come last, as chance alone can make them look bad.` : "") +
    (others ? ` The worst and the costliest are here by name; the other ${number(leftOut)} are added up in the table.` : "") +
    (byGroup ? " Lists that the rule of sync --group puts together count as one; a table has each by its own name." : ""));
}
