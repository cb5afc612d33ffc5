// All of it, anew with each change of a filter.

let newest = 0;
async function show(unknown = []) {
  const turn = ++newest;
  document.body.dataset.ready = "no";
  const filter = asked();
  complain(filter, unknown);
  showHeadline(filter);
  showFreshness(filter);
  showStatement(filter);
  await Promise.all([...showCredits(filter), ...showAccounts(filter), ...showRepeats(filter), ...showLists(filter), ...showDecay(filter), ...showDomains(filter), ...showValidators(filter), ...showTurnaround(filter)]);
  if (turn === newest) document.body.dataset.ready = "yes";
}

function changed() {
  writeAddress();
  show();
}

warnIfOld();
if (at("specs")) {
  offerFilters();
  show(readAddress());
  window.addEventListener("hashchange", () => show(readAddress()));
}
