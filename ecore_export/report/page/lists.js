// Which lists are bad, and which cost most.

const SHOWN_LISTS = 20;

function showLists(filter) {
  const found = summed(data.quality, filter, (columns, row) => columns.list[row]);
  const others = found.get(OTHER);
  found.delete(OTHER);
  const all = [...found].map(([code, sums]) => ({ ...sums, code, name: data.lists[code][1], of: data.lists[code][0] }));
  const rows = all.filter((row) => row.total_records > 0);
  const byShare = (row) => row.valid_count / row.total_records;
  const isSmall = (row) => row.total_records < data.min_ranked;
  const worst = (a, b) => isSmall(a) - isSmall(b) || byShare(a) - byShare(b) || b.total_records - a.total_records;
  const costly = (a, b) => b.credits_net - a.credits_net || worst(a, b);
  const order = at("order").value === "costly" ? costly : worst;
  rows.sort(order);
  const seen = new Map();
  for (const row of rows) {
    let label = data.accounts.length > 1 ? `${row.name} · ${data.accounts[row.of] ?? "another account"}` : row.name;
    seen.set(label, (seen.get(label) ?? 0) + 1);
    row.label = seen.get(label) > 1 ? `${label} (${seen.get(label)})` : label;
  }
  const bars = rows.slice(0, SHOWN_LISTS).flatMap((row) =>
    ["invalid", "unknown", "other", "valid"].map((verdict, place) => ({
      list: row.label, verdict, place, addresses: row[`${verdict}_count`], share: row[`${verdict}_count`] / row.total_records,
    })));
  sayLists(rows, worst, costly, isSmall, others);
  at("lists-caption").textContent = `Addresses by result, ${order === worst ? "worst" : "costliest"} list first` +
    (rows.length > SHOWN_LISTS ? ` (${SHOWN_LISTS} of ${number(rows.length + data.lists_left_out)} lists)` : "");
  const cells = (name, row) => [name, counted(row.jobs), counted(row.total_records),
    ...["valid", "invalid", "unknown", "other"].map((verdict) => rated(row[`${verdict}_count`], row.total_records)),
    ...credited(row.credits_net), ...each(row.credits_net, row.valid_count)];
  const lines = [...rows, ...all.filter((row) => row.total_records === 0)].map((row) => cells(row.label ?? row.name, row));
  const foot = others ? [cells(`${number(data.lists_left_out)} other lists, added up`, others)] : [];
  tabulate("lists", ["list", "jobs", "addresses", "valid", "invalid", "unknown", "other", ...priced("net credits"), ...priced("credits per valid")], lines, foot);
  return [draw("lists", bars, named(Math.min(rows.length, SHOWN_LISTS), 24))];
}

function sayLists(rows, worst, costly, isSmall, others) {
  if (rows.length === 0) return say("lists", "No list was processed in this period.");
  const bad = [...rows].sort(worst)[0];
  const dear = [...rows].sort(costly)[0];
  const small = rows.filter(isSmall).length;
  const known = rows.length + (others ? data.lists_left_out : 0);
  say("lists",
    `Of ${count(known, "list")}, ${isolated(bad.label)} is worst: ${percent(share(bad.valid_count, bad.total_records))} of its ${count(bad.total_records, "address")} are valid. ` +
    `Most was spent on ${isolated(dear.label)}: ${spent(dear.credits_net)} net.` +
    (small === rows.length ? ` None has ${data.min_ranked} addresses, so that chance alone can make one look bad.` :
      small ? ` ${count(small, "list")} of under ${data.min_ranked} addresses come last, as chance alone can make them look bad.` : "") +
    (others ? ` The worst and the costliest are here by name; the other ${number(data.lists_left_out)} are added up in the table.` : ""));
}
