// The figures at the top, and whether to trust them.

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
