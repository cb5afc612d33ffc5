"use strict";
// Adds up what the filters leave, and says it in words, charts and tables.
// Reads the two JSON elements of the page; days are ISO texts, which compare as they sort.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  warnIfOld();
  if (!at("specs")) return;
  const specs = JSON.parse(at("specs").textContent);
  const SHOWN_LISTS = 20;
  const OTHER = -1;

  // --- words and numbers
  const number = (value, digits = 0) => value.toLocaleString("en", { maximumFractionDigits: digits });
  const credits = (micro, digits = 2) => number(micro / 1e6, digits);
  const count = (value, word) => `${number(value)} ${word}${value === 1 ? "" : word.endsWith("s") ? "es" : "s"}`;
  const share = (part, whole) => (whole ? part / whole : null);
  const percent = (value) =>
    value === null ? "–" : value.toLocaleString("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const isolated = (name) => `\u2068${name}\u2069`; // a name that runs right to left turns nothing else around

  function warnIfOld() {
    const age = (Date.now() - Date.parse(data.written_at)) / 1000;
    if (!(age > data.max_age_s)) return;
    const days = age / 86400;
    const ago = days >= 2 ? `${Math.floor(days)} days` : `${Math.floor(age / 3600)} hours`;
    at("old").textContent = `You are reading a page that was written ${ago} ago: newer data are not in it.`;
    at("old").hidden = false;
  }

  // --- filters
  const days = Object.values(data).flatMap((columns) => columns.day ?? []);
  const written = data.written_at.slice(0, 10);
  const first = days.reduce((a, b) => (a < b ? a : b), days[0] ?? written);
  const last = lastOf(days.reduce((a, b) => (a > b ? a : b), days[0] ?? written));

  function shifted(day, by, unit) {
    const moved = new Date(`${day}T00:00:00Z`);
    if (unit === "month") moved.setUTCMonth(moved.getUTCMonth() + by);
    else moved.setUTCDate(moved.getUTCDate() + by);
    return moved.toISOString().slice(0, 10);
  }
  function monthOf(day) {
    return `${day.slice(0, 7)}-01`;
  }
  /** The last day that is counted together with a day. */
  function lastOf(day) {
    return data.unit === "month" ? shifted(shifted(monthOf(day), 1, "month"), -1, "day") : day;
  }
  const weekOf = (day) => shifted(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7), "day");
  const PERIODS = {
    day: { of: (day) => day, next: (day) => shifted(day, 1, "day"), shown: (day) => day },
    week: { of: weekOf, next: (day) => shifted(day, 7, "day"), shown: (day) => day },
    month: { of: monthOf, next: (day) => shifted(day, 1, "month"), shown: (day) => day.slice(0, 7) },
  };

  function option(value, text) {
    const made = document.createElement("option");
    made.value = value;
    made.textContent = text;
    return made;
  }

  function offerFilters() {
    const many = data.accounts_left_out > 0;
    at("account").append(option("", "All accounts"), ...data.accounts.map((name, code) => option(code, name)));
    if (many) at("account").append(option(OTHER, `${data.accounts_left_out} others`));
    at("account-label").hidden = data.accounts.length < 2;
    const grains = data.unit === "day" ? ["day", "week", "month"] : ["month"];
    at("grain").append(...grains.map((grain) => option(grain, grain)));
    for (const end of ["from", "to"]) {
      at(end).min = first;
      at(end).max = last;
      at(end).defaultValue = end === "from" ? first : last;
    }
    const span = (Date.parse(last) - Date.parse(first)) / 86400e3;
    const grain = data.unit === "month" || span > 730 ? "month" : span > 92 ? "week" : "day";
    [...at("grain").options].forEach((each) => (each.defaultSelected = each.value === grain));
    at("filters").hidden = days.length === 0;
    at("filters").addEventListener("change", show);
    at("filters").addEventListener("submit", (event) => event.preventDefault());
    at("filters").addEventListener("reset", () => setTimeout(show));
    at("order").addEventListener("change", show);
  }

  function asked() {
    let [from, to] = [at("from").value || first, lastOf(at("to").value || last)];
    if (data.unit === "month") from = monthOf(from);
    const account = at("account").value === "" ? null : Number(at("account").value);
    return { from, to, account, grain: at("grain").value };
  }

  // --- adding up
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

  // --- showing
  const drawn = {};
  async function draw(name, rows, change = (spec) => spec) {
    const place = at(`${name}-chart`);
    place.closest("figure").hidden = rows.length === 0;
    drawn[name]?.finalize();
    drawn[name] = null;
    if (rows.length === 0) return;
    const spec = change({ ...structuredClone(specs[name]), data: { name: "rows", values: rows } });
    if (place.clientWidth < 480) spec.config.legend = { ...spec.config.legend, columns: 2 };
    // Vega makes functions of texts, which the page's policy forbids; `ast` has it interpret them.
    drawn[name] = await vegaEmbed(place, spec, { actions: false, renderer: "svg", ast: true, defaultStyle: false });
  }

  function tabulate(name, heads, rows) {
    const table = at(`${name}-table`);
    table.closest("details").hidden = rows.length === 0;
    const line = (cells, tag, scope) => {
      const made = document.createElement("tr");
      cells.forEach((text, place) => {
        const cell = document.createElement(tag === "th" || place === 0 ? "th" : "td");
        cell.textContent = text;
        if (cell.tagName === "TH") cell.scope = scope ?? "row";
        if (place === 0) cell.dir = "auto";
        made.append(cell);
      });
      return made;
    };
    const [head, body] = [document.createElement("thead"), document.createElement("tbody")];
    head.append(line(heads, "th", "col"));
    body.append(...rows.map((row) => line(row, "td")));
    table.replaceChildren(head, body);
  }
  const say = (name, text) => (at(`${name}-said`).textContent = text);

  function showHeadline(filter) {
    const [usage, lists] = [total(data.usage, filter), total(data.quality, filter)];
    const cards = [
      ["Net spent", credits(usage.credits_net), "credits"],
      ["Charged", credits(usage.credits_charged), "credits"],
      ["Refunded", credits(usage.credits_refunded), `credits, ${percent(share(usage.credits_refunded, usage.credits_charged))} of what was charged`],
      ["Addresses checked", number(lists.total_records), `in ${count(lists.jobs, "processed job")}`],
      ["Valid", percent(share(lists.valid_count, lists.total_records)), `${number(lists.valid_count)} addresses`],
    ];
    at("headline").replaceChildren(
      ...cards.map(([term, value, unit]) => {
        const [card, dt, dd, small] = ["div", "dt", "dd", "small"].map((tag) => document.createElement(tag));
        [dt.textContent, dd.textContent, small.textContent] = [term, value, unit];
        if (value.length > 9) dd.className = "long";
        dd.append(small);
        card.append(dt, dd);
        return card;
      }),
    );
    const account = filter.account === null ? "" : `, ${isolated(at("account").selectedOptions[0].textContent)} only`;
    at("shown").textContent = days.length ? `${filter.from} to ${filter.to}${account}.` : "There is nothing in this period.";
  }

  function showFreshness(filter) {
    for (const each of document.querySelectorAll(".assessment"))
      each.hidden = ![null, OTHER].includes(filter.account) && each.dataset.account !== data.accounts[filter.account];
  }

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
      if (found.has(row.key)) cells.push([period.shown(row.key), ...values.map((v) => credits(v, 6)), credits(sums[2], 6)]);
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

  function showLists(filter) {
    const found = summed(data.quality, filter, (columns, row) => columns.list[row]);
    const others = found.get(OTHER);
    found.delete(OTHER);
    const all = [...found].map(([code, sums]) => ({ ...sums, code, name: data.lists[code][1], of: data.lists[code][0] }));
    const rows = all.filter((row) => row.total_records > 0);
    const byShare = (row) => row.valid_count / row.total_records;
    const isSmall = (row) => rows.length > SHOWN_LISTS && row.total_records < data.min_ranked;
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
    const cells = (name, row) => [name, number(row.jobs), number(row.total_records),
      ...["valid", "invalid", "unknown", "other"].map((verdict) => percent(share(row[`${verdict}_count`], row.total_records))),
      credits(row.credits_net, 6), row.valid_count ? credits(row.credits_net / row.valid_count, 4) : "–"];
    const lines = [...rows, ...all.filter((row) => row.total_records === 0)].map((row) => cells(row.label ?? row.name, row));
    if (others) lines.push(cells(`${number(data.lists_left_out)} other lists, added up`, others));
    tabulate("lists", ["list", "jobs", "addresses", "valid", "invalid", "unknown", "other", "net credits", "credits per valid"], lines);
    return [draw("lists", bars, named(Math.min(rows.length, SHOWN_LISTS), 24))];
  }

  function sayLists(rows, worst, costly, isSmall, others) {
    if (rows.length === 0) return say("lists", "No list was processed in this period.");
    const bad = [...rows].sort(worst)[0];
    const dear = [...rows].sort(costly)[0];
    const small = rows.filter(isSmall).length;
    say("lists",
      `Of ${count(rows.length + (others ? data.lists_left_out : 0), "list")}, ${isolated(bad.label)} is worst: ${percent(share(bad.valid_count, bad.total_records))} of its ${number(bad.total_records)} addresses are valid. ` +
      `Most was spent on ${isolated(dear.label)}: ${credits(dear.credits_net)} credits net.` +
      (small ? ` Lists of under ${data.min_ranked} addresses come last, whatever their share.` : "") +
      (others ? ` The worst and the costliest are here by name; the other ${number(data.lists_left_out)} are added up in the table.` : ""));
  }

  /** A chart of named bars: as high as they need, and their names no wider than a third of it. */
  const named = (bars, step) => (spec) => {
    const room = document.querySelector("main").clientWidth;
    spec.config.axisY = { ...spec.config.axisY, labelLimit: Math.max(90, Math.min(280, room * 0.34)) };
    return { ...spec, height: bars * step };
  };

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
    const cells = rows.map((row) => [row.name, number(row.records), percent(share(row.records, records)), number(row.cached_count),
      percent(share(row.cached_count, row.records)), percent(share(row.valid_count, row.records)),
      ...["valid", "invalid", "unknown"].map((verdict) => number(row[`${verdict}_count`])),
      number(row.records - row.valid_count - row.invalid_count - row.unknown_count)]);
    tabulate("validators", ["validator", "addresses", "share of all", "from cache", "cache share", "valid share", "valid", "invalid", "unknown", "other"], cells);
    return [draw("validators", bars, named(rows.length, 34))];
  }

  function showTurnaround(filter) {
    const found = summed(data.turnaround, filter, (columns, row) => `${columns.class[row]} ${columns.failed[row]}`);
    const jobsOf = (code, failed) => found.get(`${code} ${failed}`)?.jobs ?? 0;
    const codes = [...data.limits_s.keys(), data.limits_s.length];
    const both = codes.map((code) => jobsOf(code, 0) + jobsOf(code, 1));
    const jobs = both.reduce((a, b) => a + b, 0);
    const used = codes.filter((code) => both[code] > 0);
    const range = used.length ? codes.slice(used[0], used.at(-1) + 1) : [];
    const bars = range.flatMap((code) => ["processed", "failed"].map((end, place) =>
      ({ time: classNamed(code), end, place, jobs: jobsOf(code, place) })));
    const endless = jobsOf(OTHER, 0) + jobsOf(OTHER, 1);
    const within = (part) => {
      let sum = 0;
      const code = codes.find((each) => (sum += both[each]) >= part * jobs);
      return code < data.limits_s.length ? `at most ${time(data.limits_s[code])}` : `more than ${time(data.limits_s.at(-1))}`;
    };
    const failed = codes.concat(OTHER).reduce((sum, code) => sum + jobsOf(code, 1), 0);
    say("turnaround", jobs + endless === 0 ? "No job finished in this period." :
      (jobs ? `Of ${count(jobs, "finished job")}, half took ${within(0.5)}, and 19 of 20 ${within(0.95)}. ` : "") +
      `${failed ? count(failed, "job") : "None"} failed.` + (endless ? ` Of ${count(endless, "job")} the end is not known.` : ""));
    const cells = range.map((code) => [classNamed(code), number(jobsOf(code, 0)), number(jobsOf(code, 1)), percent(share(both[code], jobs))]);
    if (endless) cells.push(["not known", number(jobsOf(OTHER, 0)), number(jobsOf(OTHER, 1)), "–"]);
    tabulate("turnaround", ["from creation to completion", "processed", "failed", "share"], cells);
    return [draw("turnaround", bars)];
  }

  const classNamed = (code) =>
    code === 0 ? `≤ ${time(data.limits_s[0])}` : code === data.limits_s.length ? `> ${time(data.limits_s.at(-1))}` : `≤ ${time(data.limits_s[code])}`;
  function time(seconds) {
    for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]])
      if (seconds >= size) return `${seconds / size} ${unit}`;
    return `${seconds} s`;
  }

  let newest = 0;
  async function show() {
    const turn = ++newest;
    document.body.dataset.ready = "no";
    const filter = asked();
    showHeadline(filter);
    showFreshness(filter);
    await Promise.all([...showCredits(filter), ...showLists(filter), ...showValidators(filter), ...showTurnaround(filter)]);
    if (turn === newest) document.body.dataset.ready = "yes";
  }

  offerFilters();
  show();
})();
