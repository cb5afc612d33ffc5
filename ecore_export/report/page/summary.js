// The figures at the top, and whether to trust them.

function showHeadline(filter) {
  const [usage, lists] = [total(data.usage, filter), total(data.quality, filter)];
  const paid = (name) => [price ? inMoney(usage[name]) : credits(usage[name]), price ? creditsIn(usage[name]) : "credits"];
  const cards = [
    ["Net spent", ...paid("credits_net"), ...compared(filter, (sums) => sums.credits_net, spentShort, byPart)],
    ["Charged", ...paid("credits_charged"), ...compared(filter, (sums) => sums.credits_charged, spentShort, byPart)],
    ["Refunded", ...paid("credits_refunded"), `${percent(share(usage.credits_refunded, usage.credits_charged))} of what was charged`,
      ...compared(filter, (sums) => share(sums.credits_refunded, sums.credits_charged), percent, byPoints)],
    ["Addresses checked", number(lists.total_records), `in ${count(lists.jobs, "processed job")}`,
      ...compared(filter, (sums) => sums.total_records, number, byPart)],
    ["Valid", percent(share(lists.valid_count, lists.total_records)), count(lists.valid_count, "address"),
      ...compared(filter, (sums) => share(sums.valid_count, sums.total_records), percent, byPoints)],
    ...burnCards(filter),
  ];
  at("headline").replaceChildren(...cards.map(card));
  const account = filter.account === null ? "" : `, ${isolated(at("account").selectedOptions[0].textContent)} only`;
  at("shown").textContent = days.length ? `${filter.from} to ${filter.to}${account}.` : "There is nothing in this period.";
}

const spentShort = (micro) => (price ? inMoney(micro) : credits(micro));

/** How fast credits go now, whatever the period, and how long those left will last. */
function burnCards(filter) {
  const burn = data.burn[filter.account ?? "all"];
  if (!burn) return [];
  const rates = burn.rates.map(([days, rate]) => `${spent(rate)} a day over ${count(days, "day")}`);
  const made = [["Burn rate", price ? inMoney(burn.rates[0][1]) : credits(burn.rates[0][1]), "net a day", ...rates, `until ${burn.until}`]];
  const left = filter.account === null ? data.balance.all : data.balance.by_account[data.accounts[filter.account]];
  if (left === null || left === undefined) return made;
  const lasting = burn.rates.map(([days, rate]) => [days, rate > 0 ? Math.floor(left / rate) : null]);
  const said = lasting.map(([days, end]) => end === null ? `no end at the rate of ${count(days, "day")}` :
    `${count(end, "day")} at the rate of ${count(days, "day")}: until ${shifted(written, Math.min(end, 36500), "day")}`);
  return [...made, ["Days left", lasting[0][1] === null ? "no end" : number(lasting[0][1]), `of ${spent(left)}`, ...said]];
}

function card([term, value, ...lines]) {
  const [made, dt, dd] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  [dt.textContent, dd.textContent] = [term, value];
  if (value.length > 9) dd.className = "long";
  dd.append(...lines.map((line) => {
    const small = document.createElement("small");
    small.textContent = line;
    return small;
  }));
  made.append(dt, dd);
  return made;
}

function showFreshness(filter) {
  for (const each of document.querySelectorAll(".assessment"))
    each.hidden = ![null, OTHER].includes(filter.account) && each.dataset.account !== data.accounts[filter.account];
}
