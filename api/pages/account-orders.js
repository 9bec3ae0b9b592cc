"use strict";
// The page of what was bought.
(() => {
  const { at, say, told, language } = account;
  const { mine, press, element, row, day, locale, begin } = own;
  const money = ({ amount, currency }) => {
    const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
    const number = (amount / 10 ** digits).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return language === "tr" ? number + "\u00a0" + (currency === "TRY" ? "TL" : currency) : currency + "\u00a0" + number;
  };
  const orderRow = (each) => {
    const link = element("a", each.number, { href: "/orders/" + encodeURIComponent(each.number), class: "number" });
    // The order's page opens by the access token: it is made fresh before.
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      await mine("GET", "/v1/account");
      location.assign(link.href);
    });
    const head = element("p", "", { class: "head start" });
    const parcels = say("fulfilment." + each.fulfilment_status);
    const status = say("status." + each.status);
    head.append(link);
    if (parcels && parcels !== status) head.append(element("span", parcels, { class: "state" }));
    const made = row([head, element("p", day(each.created_at) + " · " + status, { class: "quiet" }), each.titles.length && element("p", each.titles.join(", "), { class: "quiet" })]);
    made.append(element("span", money(each.total), { class: "sum" }));
    return made;
  };
  let cursor = "";
  const showOrders = async () => {
    const { orders, next_cursor } = await mine("GET", "/v1/account/orders" + (cursor && "?cursor=" + encodeURIComponent(cursor)));
    const rows = orders.map(orderRow);
    at("order-rows").append(...rows);
    if (cursor) rows[0]?.querySelector("a").focus();
    cursor = next_cursor || "";
    at("more-orders").hidden = !cursor;
    at("no-orders").hidden = at("order-rows").children.length > 0;
  };
  press(at("more-orders"), at("orders-alert"), showOrders);
  press(at("claim"), at("claim-alert"), async () => {
    at("claim-said").textContent = "";
    const { claimed } = await mine("POST", "/v1/account/orders/claim");
    if (claimed > 0) {
      cursor = "";
      at("order-rows").replaceChildren();
      await showOrders();
    }
    at("claim-said").textContent = claimed > 0 ? say("claim.done", { count: claimed }) : say("claim.none");
  });
  begin(() => showOrders().catch((problem) => { at("orders-alert").textContent = told(problem); }));
})();
