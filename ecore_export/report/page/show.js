// All of it, anew with each change of a filter.

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

warnIfOld();
if (at("specs")) {
  offerFilters();
  show();
}
