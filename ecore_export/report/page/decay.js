// Lists that come back: how their share of Valid addresses moves from month to month.

const SHOWN_DECAYING = 5;

function showDecay(filter) {
  const within = { ...filter, from: monthOf(filter.from) };
  const found = new Map();
  for (const [key, sums] of summed(data.decay, within, (columns, row) => `${columns.list[row]} ${columns.day[row]} ${columns.account[row]}`)) {
    const [code, month, account] = key.split(" ");
    if (sums.total_records < data.min_observed) continue;
    if (!found.has(code)) found.set(code, []);
    found.get(code).push({ ...sums, month, account: Number(account), share: share(sums.valid_count, sums.total_records) });
  }
  const rows = [...found].map(([code, seen]) => {
    seen.sort((a, b) => (a.month < b.month ? -1 : 1));
    const name = data.decaying[code];
    return { seen, name: data.accounts.length > 1 ? `${name} · ${accountNamed(seen[0].account)}` : name, from: seen[0], to: seen.at(-1), moved: seen.at(-1).share - seen[0].share };
  }).filter((row) => row.seen.length > 1).sort((a, b) => a.moved - b.moved);
  at("decay").hidden = data.decaying.length === 0;
  const worst = rows[0];
  say("decay", !worst ? "No list was seen in two months of this period." :
    `${count(rows.length + data.decaying_left_out, "list")} came back in another month. ` + (worst.moved < 0 ?
      `${isolated(worst.name)} lost most: ${percent(worst.from.share)} of its addresses were valid in ${monthNamed(worst.from.month)}, ${percent(worst.to.share)} in ${monthNamed(worst.to.month)}.` : "None lost valid addresses.") +
    (data.decaying_left_out ? ` Those that moved most are here by name.` : ""));
  tabulate("decay", ["list", "months", "first month", "valid then", "last month", "valid now", "points", "addresses now"], rows.map((row) => [
    row.name, counted(row.seen.length), row.from.month.slice(0, 7), rated(row.from.valid_count, row.from.total_records),
    row.to.month.slice(0, 7), rated(row.to.valid_count, row.to.total_records),
    cell(number(row.moved * 100, 1), row.moved), counted(row.to.total_records)]));
  const lines = rows.slice(0, SHOWN_DECAYING).flatMap((row) => row.seen.map((each) =>
    ({ list: row.name, month: each.month.slice(0, 7), share: each.share, addresses: each.total_records })));
  return [draw("decay", lines)];
}
