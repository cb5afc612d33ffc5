// What it costs to validate addresses again, by whole months.

function showRepeats(filter) {
  const within = { ...filter, from: monthOf(filter.from) };
  const byMonth = summed(data.repeats, within, (columns, row) => columns.day[row]);
  const byList = summed(data.repeats, within, (columns, row) => columns.list[row]);
  const all = total(data.repeats, within);
  say("repeats", all.records === 0 ? "No verdicts can be compared: none was exported, or addresses are not kept (`--pii drop`)." :
    `${sayQuarter(filter)}In the whole period, ${percent(share(all.repeats, all.records))} of ${number(all.records)} verdicts were on addresses that had one before, and cost ${spent(all.repeat_credits)}: ` +
    `${spent(all.repeat_credits_30d)} of it within 30 days, ${spent(all.repeat_credits_90d)} within 90. ${percent(share(all.changed, all.repeats))} of the repeats found another verdict.`);
  const heads = ["verdicts", "on known addresses", "share", "within 30 days", "within 90 days", "changed",
    ...["net credits", "of these on known", "within 30 days, credits", "within 90 days, credits"].flatMap(priced)];
  const cells = (row) => [counted(row.records), counted(row.repeats), rated(row.repeats, row.records), counted(row.repeats_30d), counted(row.repeats_90d),
    rated(row.changed, row.repeats), ...["credits_net", "repeat_credits", "repeat_credits_30d", "repeat_credits_90d"].flatMap((name) => credited(row[name]))];
  tabulate("repeats", ["month", ...heads], [...byMonth].sort().map(([month, row]) => [month.slice(0, 7), ...cells(row)]));
  const others = byList.get(OTHER);
  const lists = [...byList].filter(([code]) => code !== OTHER).sort((a, b) => b[1].repeat_credits - a[1].repeat_credits);
  const nameOf = (code) => data.repeating[code][1] + (data.accounts.length > 1 ? ` · ${accountNamed(data.repeating[code][0])}` : "");
  tabulate("repeating", ["list", ...heads], lists.map(([code, row]) => [nameOf(code), ...cells(row)]),
    others ? [[`${number(data.repeating_left_out)} other lists, added up`, ...cells(others)]] : []);
  const bars = [...byMonth].sort().flatMap(([month, row]) => [["known before", row.repeat_credits], ["new", row.credits_net - row.repeat_credits]].map(
    ([kind, micro], place) => ({ month: month.slice(0, 7), kind, place, credits: plotted(micro) })));
  return [draw("repeats", all.repeats ? bars : [])];
}

/** The last quarter of the calendar that is over, where the page has all of it. */
function sayQuarter(filter) {
  const month = lastWhole(filter);
  if (month === null) return "";
  const past = Number(month.slice(5, 7)) % 3;
  const [end, begin] = [shifted(month, -past, "month"), shifted(month, -past - 2, "month")];
  if (begin < filter.from) return "";
  const sums = total(data.repeats, { ...filter, from: begin, to: end });
  return `Last quarter, ${monthNamed(begin)} to ${monthNamed(end)}, repeats cost ${spent(sums.repeat_credits)}, ${percent(share(sums.repeat_credits, sums.credits_net))} of what validation cost. `;
}
