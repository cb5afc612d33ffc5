// Who answers, and how often from its cache.

function showValidators(filter) {
  const found = summed(data.validation, filter, (columns, row) => columns.validator[row]);
  const rows = [...found].map(([code, sums]) => ({
    ...sums, name: code === OTHER ? `${number(data.validators_left_out)} other validators` : data.validators[code],
  })).sort((a, b) => b.records - a.records);
  const records = rows.reduce((sum, row) => sum + row.records, 0);
  const cached = rows.reduce((sum, row) => sum + row.cached_count, 0);
  const bars = rows.flatMap((row) => [["asked anew", row.records - row.cached_count], ["from cache", row.cached_count]].map(
    ([answer, value], place) => ({ validator: row.name, answer, place, records: value, share: share(value, row.records) })));
  say("validators", rows.length === 0 ? "No records were exported for this period." :
    `${isolated(rows[0].name)} answered most: ${percent(share(rows[0].records, records))} of ${count(records, "address")}. ` +
    `${percent(share(cached, records))} of all answers came from a cache.`);
  const cells = rows.map((row) => [row.name, counted(row.records), rated(row.records, records), counted(row.cached_count),
    rated(row.cached_count, row.records), rated(row.valid_count, row.records),
    ...["valid", "invalid", "unknown"].map((verdict) => counted(row[`${verdict}_count`])),
    counted(row.records - row.valid_count - row.invalid_count - row.unknown_count)]);
  tabulate("validators", ["validator", "addresses", "share of all", "from cache", "cache share", "valid share", "valid", "invalid", "unknown", "other"], cells);
  return [draw("validators", bars, named(rows.length, 34))];
}
