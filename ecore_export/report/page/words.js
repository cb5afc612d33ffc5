// Numbers and names in words.

const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const OTHER = -1;

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
