"use strict";
// The page of an account: who it is, what was bought, and what keeps it safe.
(() => {
  const { at, own, on, say, page, sentence, language } = account;
  const locale = language === "tr" ? "tr-TR" : "en-GB";
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Istanbul" });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "Europe/Istanbul" });
  const money = ({ amount, currency }) => {
    const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
    const number = (amount / 10 ** digits).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return language === "tr" ? number + "\u00a0" + (currency === "TRY" ? "TL" : currency) : currency + "\u00a0" + number;
  };
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const leave = () => location.replace(page("sign-in"));
  // Whoever is not signed in any more is led to where they can.
  const mine = async (method, path, body) => {
    try {
      return await own(method, path, body);
    } catch (problem) {
      if (problem.code === "unauthenticated") { leave(); await new Promise(() => {}); }
      throw problem;
    }
  };
  const press = (button, alert, act) => button.addEventListener("click", async () => {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    alert.textContent = "";
    try {
      await act();
    } catch (problem) {
      alert.textContent = sentence(problem.detail);
    }
    button.ariaBusy = "false";
  });

  let me;
  const showMe = (shown) => {
    me = shown;
    at("who").textContent = say("own.who", { name: me.name, email: me.email });
    at("change-username").value = me.email;
    for (const [name, value] of Object.entries({ name: me.name, phone: me.phone, language: me.language })) at("profile").elements[name].value = value;
    at("staff").hidden = !me.role || me.second_factor;
    at("factor-state").textContent = me.second_factor ? say("factor.on", { left: me.recovery_codes_left }) : say("factor.none");
    at("factor-start").hidden = me.second_factor && !me.role;
    at("factor-off").hidden = !me.second_factor || Boolean(me.role);
    for (const id of ["rest", "leave"]) at(id).hidden = false;
  };
  const said = (form, key) => { form.reset(); form.querySelector(".said").textContent = say(key); };
  on("profile", async ({ name, phone, language: chosen }, form) => {
    const changed = await mine("PATCH", "/v1/account", { name, phone: phone || undefined, language: chosen });
    showMe(changed);
    form.querySelector(".said").textContent = say("saved");
  });
  on("address", async (typed, form) => {
    await mine("POST", "/v1/account/email", typed);
    said(form, "address.mailed");
  });
  on("change", async ({ current_password, password }, form) => {
    await mine("PUT", "/v1/account/password", { current_password, password });
    said(form, "password.done");
    at("change-username").value = me.email;
    await showSessions();
  });

  on("factor-start", async (typed, form) => {
    const { secret, qr_png } = await mine("POST", "/v1/account/second-factor", typed);
    form.reset();
    form.hidden = true;
    at("factor-qr").src = "data:image/png;base64," + qr_png;
    at("factor-secret").textContent = secret.match(/.{1,4}/g).join(" ");
    at("factor-confirm").hidden = false;
    at("factor-scan").focus();
  });
  on("factor-confirm", async ({ code }, form) => {
    const { recovery_codes } = await mine("POST", "/v1/account/second-factor/confirm", { code });
    form.reset();
    form.hidden = true;
    at("factor-qr").removeAttribute("src");
    at("factor-secret").textContent = "";
    at("factor-list").replaceChildren(...recovery_codes.map((each) => element("li", each)));
    showMe(await mine("GET", "/v1/account"));
    at("factor-start").hidden = true;
    at("factor-codes").hidden = false;
    at("factor-codes-title").focus();
    await showSessions();
  });
  on("factor-remove", async (typed, form) => {
    await mine("POST", "/v1/account/second-factor/remove", typed);
    form.reset();
    showMe(await mine("GET", "/v1/account"));
    at("factor-said").textContent = say("factor.gone");
    at("factor-title").focus();
  });
  at("codes-copy").addEventListener("click", async () => {
    const codes = [...at("factor-list").children].map((each) => each.textContent).join("\n");
    at("codes-said").textContent = await navigator.clipboard.writeText(codes).then(() => say("codes.copied"), () => say("codes.by-hand"));
  });
  at("codes-print").addEventListener("click", () => {
    document.body.classList.add("codes-only");
    window.print();
    document.body.classList.remove("codes-only");
  });
  press(at("codes-done"), at("sessions-alert"), async () => {
    at("factor-list").replaceChildren();
    at("factor-codes").hidden = true;
    if (me.role) {
      // This sign-in proved one factor: staff begin anew with both.
      await mine("DELETE", "/v1/sessions/current");
      sessionStorage.setItem("bedesten.told", "staff.again");
      leave();
      return;
    }
    at("factor-title").focus();
  });

  const sessionRow = (each) => {
    const row = element("li", "");
    const text = element("div", "", { class: "row" });
    text.append(element("p", each.current ? say("session.this", { device: each.device }) : each.device));
    text.append(element("p", say("session.at", { at: moments.format(new Date(each.signed_in_at)), used: moments.format(new Date(each.last_used_at)) }), { class: "quiet" }));
    row.append(text);
    if (!each.current) {
      const end = element("button", say("session.end"), { class: "plain", type: "button", "aria-label": say("session.end.of", { device: each.device }) });
      press(end, at("sessions-alert"), async () => {
        await mine("DELETE", "/v1/sessions/" + encodeURIComponent(each.id));
        at("sessions-said").textContent = say("session.ended", { device: each.device });
        row.remove();
        at("sessions-title").tabIndex = -1;
        at("sessions-title").focus();
      });
      row.append(end);
    }
    return row;
  };
  const showSessions = async () => {
    const { sessions } = await mine("GET", "/v1/sessions");
    at("session-rows").replaceChildren(...sessions.map(sessionRow));
  };
  press(at("everywhere"), at("sessions-alert"), async () => { await mine("DELETE", "/v1/sessions"); leave(); });
  press(at("sign-out"), at("lost"), async () => { await mine("DELETE", "/v1/sessions/current"); location.replace(page("sign-in")); });

  const orderRow = (each) => {
    const row = element("li", "");
    const text = element("div", "", { class: "row" });
    const link = element("a", each.number, { href: "/orders/" + encodeURIComponent(each.number), class: "number" });
    // The order's page opens by the access token: it is made fresh before.
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      await mine("GET", "/v1/account");
      location.assign(link.href);
    });
    const state = say("status." + each.status);
    text.append(link, element("p", days.format(new Date(each.created_at)) + " · " + state, { class: "quiet" }));
    if (each.titles?.length) text.append(element("p", each.titles.join(", "), { class: "quiet" }));
    row.append(text, element("span", money(each.total), { class: "sum" }));
    return row;
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
    at("orders").hidden = false;
  };
  press(at("more-orders"), at("orders-alert"), showOrders);

  const begin = async () => {
    try {
      showMe(await mine("GET", "/v1/account"));
      await showSessions();
    } catch (problem) {
      at("who").textContent = "";
      at("lost").textContent = sentence(problem.detail);
      return;
    }
    if (!at("staff").hidden) at("staff-title").focus();
    await showOrders().catch((problem) => { at("orders").hidden = false; at("orders-alert").textContent = sentence(problem.detail); });
  };
  begin();
})();
