// What was spent, and how much came back.

function showCredits(filter) {
  const period = PERIODS[filter.grain];
  const found = summed(data.usage, filter, (columns, row) => period.of(columns.day[row]));
  const keys = [...found.keys()].sort();
  const rows = [];
  if (keys.length)
    for (let key = keys[0]; key <= keys.at(-1); key = period.next(key))
      rows.push({ key, ...(found.get(key) ?? { credits_charged: 0, credits_refunded: 0, credits_net: 0 }) });
  const sums = [0, 0, 0];
  const [bars, lines, cells] = [[], [], []];
  const unusual = unusualIn(filter, period);
  for (const row of rows) {
    const values = [row.credits_charged, row.credits_refunded, row.credits_net];
    values.forEach((value, place) => (sums[place] += value));
    const odd = (unusual.get(row.key) ?? []).join(", ");
    ["charged", "refunded", "net"].forEach((kind, place) => {
      const named = { period: period.shown(row.key), kind, unusual: odd };
      bars.push({ ...named, credits: plotted((kind === "refunded" ? -1 : 1) * values[place]) });
      lines.push({ ...named, credits: plotted(sums[place]) });
    });
    if (found.has(row.key)) cells.push([period.shown(row.key), ...[...values, sums[2]].flatMap(credited), cell(odd && `▼ ${odd}`, odd)]);
  }
  const most = rows.reduce((a, b) => (b.credits_net > (a?.credits_net ?? -1) ? b : a), null);
  say("credits", rows.length === 0 ? "Nothing was charged or refunded in this period." :
    `${spent(sums[0])} ${price || sums[0] !== 1e6 ? "were" : "was"} charged and ${spent(sums[1])} came back (${percent(share(sums[1], sums[0]))}): ` +
    `${spent(sums[2])} net.` + (rows.length > 1 ? ` The ${filter.grain} with the highest net was ${period.shown(most.key)}, with ${spent(most.credits_net)}.` : "") +
    sayUnusual(unusual));
  say("cumulative", rows.length < 2 ? "" :
    `Half of the net was spent by the end of the ${filter.grain} ${period.shown(rows[halfway(rows, sums[2])].key)}.`);
  at("credits-caption").textContent = `Credits per ${filter.grain}${filter.grain === "week" ? ", named by its Monday" : ""}: charged upwards, refunded downwards, net as a line${unusual.size ? ", ▼ above what holds an unusual day" : ""}`;
  at("cumulative-caption").textContent = `Credits added up, ${filter.grain} by ${filter.grain}`;
  tabulate("credits", [filter.grain, ...["charged", "refunded", "net", "net, added up"].flatMap(priced), "unusual days"], cells);
  return [draw("credits", bars), draw("cumulative", lines.length > 3 ? lines : [])];
}

function halfway(rows, net) {
  let sum = 0;
  return Math.max(0, rows.findIndex((row) => (sum += row.credits_net) >= net / 2));
}

/** The unusual days of what the filters leave, by the period that they lie in. */
function unusualIn(filter, period) {
  const found = new Map();
  for (const [day, times] of data.unusual[filter.account ?? "all"] ?? [])
    if (day >= filter.from && day <= filter.to)
      found.set(period.of(day), [...(found.get(period.of(day)) ?? []), `${day} (${number(times, 1)} times)`]);
  return found;
}

function sayUnusual(unusual) {
  const days = [...unusual.values()].flat().map((each) => each.slice(0, 10));
  if (days.length === 0) return "";
  const newest = days.slice(-3).reverse().join(", ");
  return ` ${days.length === 1 ? "Unusual was" : `${days.length} days were unusual, at last`} ${newest}: more than twice as much was charged as on any of the 90 days before.`;
}
