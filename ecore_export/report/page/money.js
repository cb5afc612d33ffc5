// Credits, and what they are in money where the page knows their price. Exact: whole numbers of any size.

const price = data.price;
const unit = price ? price.currency : "credits";

/** A whole number of 10^-places as a decimal text. */
function decimal(whole, places) {
  const digits = String(whole < 0n ? -whole : whole).padStart(places + 1, "0");
  return `${whole < 0n ? "-" : ""}${digits.slice(0, digits.length - places)}${places ? `.${digits.slice(-places)}` : ""}`;
}
/** Credits as a decimal of six digits, which nothing rounds. */
const exact = (micro) => decimal(BigInt(Math.round(micro)), 6);
/** Their price, which nothing rounds either. */
const exactPrice = (micro) => decimal(BigInt(Math.round(micro)) * BigInt(price.digits), 6 + price.places);

const inMoney = (micro, digits) =>
  new Intl.NumberFormat("en", { style: "currency", currency: price.currency, currencyDisplay: "code", maximumFractionDigits: digits })
    .format(exactPrice(micro)).replace("\u00a0", " ");
/** Credits in words: as money, if there is a price, with the credits behind it. */
const spent = (micro) => (price ? `${inMoney(micro)} (${creditsIn(micro)})` : creditsIn(micro));
const creditsIn = (micro) => `${credits(micro)} ${Math.abs(micro) === 1e6 ? "credit" : "credits"}`;
/** The number that a chart draws. */
const plotted = (micro) => (micro / 1e6) * (price ? Number(decimal(BigInt(price.digits), price.places)) : 1);
