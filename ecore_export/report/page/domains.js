// Which domains are bad, over the whole period of the page.

const SHOWN_DOMAINS = 15;

function showDomains(filter) {
  const found = new Map();
  data.by_domain.domain.forEach((code, row) => {
    if (filter.account !== null && data.by_domain.account[row] !== filter.account) return;
    const sums = found.get(code) ?? { code, records: 0, valid_count: 0, invalid_count: 0, unknown_count: 0, repeats: 0, credits_net: 0 };
    for (const name of Object.keys(sums)) if (name !== "code") sums[name] += data.by_domain[name][row];
    found.set(code, sums);
  });
  const others = found.get(OTHER);
  found.delete(OTHER);
  const isSmall = (row) => row.records < data.domains_min_judged;
  const worst = (a, b) => isSmall(a) - isSmall(b) || share(a.valid_count, a.records) - share(b.valid_count, b.records) || b.records - a.records;
  const rows = [...found.values()].map((row) => ({ ...row, name: data.domains[row.code], other_count: row.records - row.valid_count - row.invalid_count - row.unknown_count })).sort(worst);
  const judged = rows.filter((row) => !isSmall(row));
  const cells = (row) => [row.name, counted(row.records), ...["valid", "invalid", "unknown"].map((verdict) => rated(row[`${verdict}_count`], row.records)),
    ...(data.repeats_known ? [rated(row.repeats, row.records)] : []), ...credited(row.credits_net)];
  const foot = others ? [cells({ ...others, name: `${number(data.domains_left_out)} other domains, added up` })] : [];
  tabulate("domains", ["domain", "addresses", "valid", "invalid", "unknown", ...(data.repeats_known ? ["seen before"] : []), ...priced("net credits")], rows.map(cells), foot);
  say("domains", rows.length === 0 ? "No records were exported for this period." : judged.length === 0 ?
    `None of ${count(rows.length, "domain")} has ${data.domains_min_judged} addresses, so that chance alone can make one look bad.` :
    `Of ${count(rows.length + (others ? data.domains_left_out : 0), "domain")}, ${isolated(judged[0].name)} is worst: ${percent(share(judged[0].valid_count, judged[0].records))} of its ${count(judged[0].records, "address")} are valid, ` +
    `${percent(share(judged[0].invalid_count, judged[0].records))} invalid. All of its addresses cost ${spent(judged[0].credits_net)} net.` + sayBad(judged.slice(1)) +
    (judged.length < rows.length ? ` Domains of under ${data.domains_min_judged} addresses come last.` : ""));
  const bars = judged.slice(0, SHOWN_DOMAINS).flatMap((row) => ["invalid", "unknown", "other", "valid"].map((verdict, place) =>
    ({ domain: row.name, verdict, place, addresses: row[`${verdict}_count`], share: share(row[`${verdict}_count`], row.records) })));
  return [draw("domains", bars, named(Math.min(judged.length, SHOWN_DOMAINS), 24))];
}

/** The next domains most of whose addresses are no good: they may go as well. */
function sayBad(rows) {
  const bad = rows.filter((row) => share(row.valid_count, row.records) < 0.5).slice(0, 4);
  return bad.length ? ` Under half are valid at ${bad.map((row) => `${isolated(row.name)} (${percent(share(row.valid_count, row.records))})`).join(", ")}, too.` : "";
}
