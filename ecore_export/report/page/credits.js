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
  for (const row of rows) {
    const values = [row.credits_charged, row.credits_refunded, row.credits_net];
    values.forEach((value, place) => (sums[place] += value));
    ["charged", "refunded", "net"].forEach((kind, place) => {
      const named = { period: period.shown(row.key), kind };
      bars.push({ ...named, credits: ((kind === "refunded" ? -1 : 1) * values[place]) / 1e6 });
      lines.push({ ...named, credits: sums[place] / 1e6 });
    });
    if (found.has(row.key)) cells.push([period.shown(row.key), ...values.map(credited), credited(sums[2])]);
  }
  const most = rows.reduce((a, b) => (b.credits_net > (a?.credits_net ?? -1) ? b : a), null);
  say("credits", rows.length === 0 ? "Nothing was charged or refunded in this period." :
    `${credits(sums[0])} credits were charged and ${credits(sums[1])} came back (${percent(share(sums[1], sums[0]))}): ` +
    `${credits(sums[2])} net.` + (rows.length > 1 ? ` The ${filter.grain} with the highest net was ${period.shown(most.key)}, with ${credits(most.credits_net)}.` : ""));
  say("cumulative", rows.length < 2 ? "" :
    `Half of the net was spent by the end of the ${filter.grain} ${period.shown(rows[halfway(rows, sums[2])].key)}.`);
  at("credits-caption").textContent = `Credits per ${filter.grain}${filter.grain === "week" ? ", named by its Monday" : ""}: charged upwards, refunded downwards, net as a line`;
  at("cumulative-caption").textContent = `Credits added up, ${filter.grain} by ${filter.grain}`;
  tabulate("credits", [filter.grain, "charged", "refunded", "net", "net, added up"], cells);
  return [draw("credits", bars), draw("cumulative", lines.length > 3 ? lines : [])];
}

function halfway(rows, net) {
  let sum = 0;
  return Math.max(0, rows.findIndex((row) => (sum += row.credits_net) >= net / 2));
}
