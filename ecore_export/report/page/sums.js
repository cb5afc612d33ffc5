// Sums of what the filters leave.

/** Sums of a table's columns by a key, over the rows that the filters leave; a Map from key to sums. */
function summed(columns, filter, keyOf) {
  const found = new Map();
  const sums = Object.keys(columns);
  for (let row = 0; row < columns.day.length; row++) {
    const day = columns.day[row];
    if (day < filter.from || day > filter.to) continue;
    if (filter.account !== null && columns.account[row] !== filter.account) continue;
    const key = keyOf(columns, row);
    if (!found.has(key)) found.set(key, Object.fromEntries(sums.map((name) => [name, 0])));
    const total = found.get(key);
    for (const name of sums) total[name] += columns[name][row];
  }
  return found;
}
const total = (columns, filter) =>
  summed(columns, filter, () => 0).get(0) ?? Object.fromEntries(Object.keys(columns).map((name) => [name, 0]));
