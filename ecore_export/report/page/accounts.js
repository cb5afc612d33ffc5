// Accounts side by side.

const accountNamed = (code) => (code === OTHER ? `${number(data.accounts_left_out)} other accounts` : data.accounts[code]);

function showAccounts(filter) {
  const byAccount = (columns, row) => columns.account[row];
  const all = { ...filter, account: null };
  const [usage, lists] = [summed(data.usage, all, byAccount), summed(data.quality, all, byAccount)];
  const jobs = summed(data.turnaround, all, (columns, row) => `${columns.account[row]} ${columns.failed[row]}`);
  const codes = [...data.accounts.keys(), ...(data.accounts_left_out ? [OTHER] : [])];
  const none = (columns) => Object.fromEntries(Object.keys(columns).map((name) => [name, 0]));
  const rows = codes.map((code) => ({
    ...(lists.get(code) ?? none(data.quality)), ...(usage.get(code) ?? none(data.usage)),
    name: accountNamed(code), failed: jobs.get(`${code} 1`)?.jobs ?? 0, rate: data.burn[code]?.rates[0][1],
  })).sort((a, b) => b.credits_net - a.credits_net);
  at("accounts").hidden = rows.length < 2;
  if (rows.length < 2) return [];
  const net = rows.reduce((sum, row) => sum + row.credits_net, 0);
  const judged = rows.filter((row) => row.total_records >= data.min_ranked).sort((a, b) => share(a.valid_count, a.total_records) - share(b.valid_count, b.total_records));
  say("accounts", usage.size === 0 ? "No account was charged in this period." : `${isolated(rows[0].name)} spent most: ${spent(rows[0].credits_net)}, ${percent(share(rows[0].credits_net, net))} of all.` +
    (judged.length > 1 ? ` The lists of ${isolated(judged[0].name)} are worst (${percent(share(judged[0].valid_count, judged[0].total_records))} valid), those of ${isolated(judged.at(-1).name)} best (${percent(share(judged.at(-1).valid_count, judged.at(-1).total_records))}).` : ""));
  tabulate("accounts", ["account", "processed jobs", "failed jobs", "addresses", "valid", "invalid", "unknown", "other",
    ...["charged", "refunded", "net", "net per valid", "net a day now"].flatMap(priced)], rows.map((row) => [row.name,
    counted(row.jobs), counted(row.failed), counted(row.total_records),
    ...["valid", "invalid", "unknown", "other"].map((verdict) => rated(row[`${verdict}_count`], row.total_records)),
    ...[row.credits_charged, row.credits_refunded, row.credits_net].flatMap(credited), ...each(row.credits_net, row.valid_count),
    ...each(row.rate ?? 0, row.rate === undefined ? 0 : 1)]));
  const bars = rows.flatMap((row) => [["net", row.credits_net], ["refunded", row.credits_refunded]].map(
    ([kind, micro], place) => ({ account: row.name, kind, place, credits: plotted(micro) })));
  return [draw("accounts", usage.size ? bars : [], named(rows.length, 34))];
}
