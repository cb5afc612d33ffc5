// The filters in the page's address, after its #, so that what one sees can be sent to others.

const FILTERS = ["account", "from", "to", "grain", "order"];

const usual = (control) =>
  control.options ? ([...control.options].find((each) => each.defaultSelected) ?? control.options[0]).value : control.defaultValue;
/** What stands in the address for a value: an account's name, as its place differs from page to page. */
const told = (control) => (control.id === "account" ? control.selectedOptions[0].textContent : control.value);

function writeAddress() {
  const changed = FILTERS.map(at).filter((control) => control.value !== usual(control));
  const fragment = new URLSearchParams(changed.map((control) => [control.id, told(control)])).toString();
  if (fragment !== location.hash.slice(1)) history.replaceState(null, "", `#${fragment}`);
}

/** Sets the filters as the address says. What it says in vain comes back. */
function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  return FILTERS.filter((name) => {
    const [control, value] = [at(name), asked.get(name)];
    control.value = usual(control);
    if (value === null) return false;
    if (!control.options) control.value = value;
    else for (const each of control.options) if (each.textContent === value || each.value === value && name !== "account") control.value = each.value;
    return told(control) !== value;
  }).map((name) => `${name} ${isolated(asked.get(name))}`);
}

/** Says what cannot be shown as asked, and why. */
function complain(filter, unknown) {
  const isInverted = filter.from > filter.to;
  const said = [];
  if (unknown.length) said.push(`The address asks for what this page does not have, and it was passed over: ${unknown.join(", ")}.`);
  if (isInverted) said.push(`The period ends on ${filter.to}, before it begins on ${filter.from}: nothing can lie in it. Change one of the two days.`);
  at("complaint").textContent = said.join(" ");
  at("complaint").hidden = said.length === 0;
  for (const end of ["from", "to"]) at(end).toggleAttribute("aria-invalid", isInverted);
}
