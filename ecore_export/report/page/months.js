// Months whole, also those before the period: to compare one with another, and to say what is to be paid.

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const monthNamed = (month) => `${MONTHS[Number(month.slice(5, 7)) - 1]}\u00a0${month.slice(0, 4)}`;
const months = [...data.months.usage.day, ...data.months.quality.day];
const firstMonth = months.reduce((a, b) => (a < b ? a : b), months[0] ?? "");

/** Sums of a month, of the accounts that the filter leaves; null of a month before anything is known. */
function monthly(month, filter) {
  if (month < firstMonth || !firstMonth) return null;
  const only = { ...filter, from: month, to: month };
  return { ...total(data.months.usage, only), ...total(data.months.quality, only) };
}

/** The last month that had ended when the data were read, and ends within the period; null if there is none. */
function lastWhole(filter) {
  const burn = data.burn[filter.account ?? "all"];
  const end = filter.to < last ? shifted(filter.to, 1, "day") : data.ends ?? written;
  const known = [end, burn?.until ?? written].reduce((a, b) => (a < b ? a : b));
  const month = shifted(monthOf(known), -1, "month");
  return firstMonth && month >= firstMonth ? month : null;
}

/** A month's figure, and how it differs from the month before and the year before, a line each. */
function compared(filter, figure, shown, differing) {
  const month = lastWhole(filter);
  if (month === null) return [];
  const now = figure(monthly(month, filter));
  const differences = [-1, -12].map((back) => shifted(month, back, "month")).flatMap((earlier) => {
    const then = monthly(earlier, filter);
    return then === null || figure(then) === null || now === null ? [] : [`${differing(now, figure(then))} ${monthNamed(earlier)}`];
  });
  return [`${monthNamed(month)}: ${shown(now)}`, ...differences];
}
const arrow = (difference) => (difference > 0 ? "▲" : difference < 0 ? "▼" : "=");
const byPart = (now, then) => (then ? `${arrow(now - then)} ${percent(Math.abs(now - then) / Math.abs(then))} on` : now ? "▲ from nothing in" : "= as in");
const byPoints = (now, then) => `${arrow(now - then)} ${number(Math.abs(now - then) * 100, 1)} points on`;

function showStatement(filter) {
  const rows = [];
  const [from, to] = [monthOf(filter.from), monthOf(filter.to)];
  const whole = summed(data.months.usage, { ...filter, from, to }, (columns, row) => `${columns.day[row]} ${columns.account[row]}`);
  for (const [key, sums] of whole) rows.push({ ...sums, month: key.slice(0, 10), account: accountNamed(Number(key.slice(11))) });
  rows.sort((a, b) => (a.month < b.month ? 1 : a.month > b.month ? -1 : b.credits_net - a.credits_net));
  const month = lastWhole(filter);
  const due = rows.filter((row) => row.month === month);
  const sum = due.reduce((all, row) => all + row.credits_net, 0);
  say("statement", month === null || month < from ? "No month of this period is over yet." :
    `${monthNamed(month)} comes to ${spent(sum)}` + (due.length > 1 ? `: ${most(due, "account")}.` : ".") + sayStated(month, filter));
  const heads = ["charged", "refunded", "net, to be paid"].flatMap(priced);
  const paid = (row) => [row.credits_charged, row.credits_refunded, row.credits_net].flatMap(credited);
  tabulate("statement", ["month", "account", ...heads],
    rows.map((row) => [row.month.slice(0, 7), cell(row.account, row.account), ...paid(row)]));
  const stated = statedLists({ ...filter, from, to }).sort((a, b) => (a.month < b.month ? 1 : a.month > b.month ? -1 : b.credits_net - a.credits_net));
  tabulate("stated", ["list", "month", ...heads], stated.map((row) => [row.list, row.month.slice(0, 7), ...paid(row)]));
}

/** The five that cost most, in words. */
const most = (rows, name) =>
  rows.slice(0, 5).map((row) => `${isolated(row[name])} ${spent(row.credits_net)}`).join("; ") + (rows.length > 5 ? `; and ${rows.length - 5} more, in the table` : "");

/** What each list, or those that are not here by name together, came to in each month. */
function statedLists(filter) {
  const found = summed(data.statement, filter, (columns, row) => `${columns.day[row]} ${columns.list[row]}`);
  return [...found].map(([key, sums]) => {
    const code = Number(key.slice(11));
    if (code === OTHER) return { ...sums, month: key.slice(0, 10), list: `${number(data.stated_left_out)} other lists, added up` };
    const [account, name] = data.stated[code];
    return { ...sums, month: key.slice(0, 10), list: data.accounts.length > 1 ? `${name} · ${accountNamed(account)}` : name };
  });
}

function sayStated(month, filter) {
  const rows = statedLists({ ...filter, from: month, to: month }).sort((a, b) => b.credits_net - a.credits_net);
  return rows.length > 1 ? ` By list: ${most(rows, "list")}.` : "";
}
