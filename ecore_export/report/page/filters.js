// What the reader asks for: an account, a period, and days, weeks or months. Days are ISO texts, which compare as they sort.

const days = [data.usage, data.quality, data.validation, data.turnaround].flatMap((columns) => columns.day);
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
  at("filters").addEventListener("change", changed);
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("filters").addEventListener("reset", () => setTimeout(changed));
  at("order").addEventListener("change", changed);
}

function asked() {
  let [from, to] = [at("from").value || first, lastOf(at("to").value || last)];
  if (data.unit === "month") from = monthOf(from);
  const account = at("account").value === "" ? null : Number(at("account").value);
  return { from, to, account, grain: at("grain").value };
}
