"use strict";
// What the pages of whoever is signed in need: who it is, and how things are shown.
const own = (() => {
  const { at, say, page, told, language } = account;
  const locale = language === "tr" ? "tr-TR" : "en-GB";
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Istanbul" });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "Europe/Istanbul" });
  const moment = (text) => moments.format(new Date(text));
  const day = (text) => days.format(new Date(text));
  const spaced = (phone) => phone.replace(/^\+90(\d{3})(\d{3})(\d{2})(\d{2})$/, "+90 $1 $2 $3 $4");
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const leave = () => location.replace(page("sign-in"));
  // Whoever is not signed in any more is led to where they can, and back again.
  const lead = () => {
    const to = new URL(page("sign-in"), location.origin);
    to.searchParams.set("next", location.pathname + location.search + location.hash);
    location.replace(to);
  };
  const mine = async (...what) => {
    try {
      return await account.own(...what);
    } catch (problem) {
      if (problem.code === "unauthenticated") { lead(); await new Promise(() => {}); }
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
      alert.textContent = told(problem);
    }
    button.ariaBusy = "false";
  });
  const button = (words, label, alert, act, style = "plain") => {
    const made = element("button", words, { class: style, type: "button", "aria-label": label });
    press(made, alert, act);
    return made;
  };
  // A row of a list: lines of text, and what can be done with it.
  const row = (lines, ...acts) => {
    const made = element("li", "");
    const text = element("div", "", { class: "row" });
    text.append(...lines.filter(Boolean).map((each, i) => typeof each === "string" ? element("p", each, i ? { class: "quiet" } : {}) : each));
    made.append(text);
    if (acts.length) {
      const group = element("div", "", { class: "acts" });
      group.append(...acts);
      made.append(group);
    }
    return made;
  };
  const focus = (id) => { at(id).tabIndex = -1; at(id).focus(); };
  // A dialog's form begins empty; the browser brings the focus back when it closes.
  const open = (id, fill = {}) => {
    const form = at(id).querySelector("form");
    form.reset();
    account.clear(form);
    for (const [name, value] of Object.entries(fill)) form.elements[name].value = value;
    at(id).showModal();
  };
  for (const each of document.querySelectorAll("dialog [data-closes]")) each.addEventListener("click", () => each.closest("dialog").close());

  const showMe = (me) => {
    at("who").textContent = say("own.who", { name: me.name, email: me.email });
    at("staff").hidden = !me.role || me.second_factor || me.passkeys.length > 0;
    at("erasing").hidden = !me.erasure_due_at;
    if (me.erasure_due_at) at("erasing-says").textContent = say("erasing.says", { at: moment(me.erasure_due_at) });
    at("leave").hidden = false;
  };
  // begin shows who it is, and then what the page is about.
  const begin = async (show) => {
    try {
      const me = await mine("GET", "/v1/account");
      showMe(me);
      await show(me);
      at("rest").hidden = false;
    } catch (problem) {
      at("who").textContent = "";
      at("lost").textContent = told(problem);
      return;
    }
    if (!at("staff").hidden) at("staff-title").focus();
    if (location.hash.length > 1) at(location.hash.slice(1))?.scrollIntoView();
  };
  if (at("leave")) {
    press(at("sign-out"), at("lost"), async () => { await mine("DELETE", "/v1/sessions/current"); leave(); });
    press(at("erasing-keep"), at("erasing-alert"), async () => {
      await mine("DELETE", "/v1/account/erasure");
      at("erasing").hidden = true;
      at("kept").textContent = say("erasing.kept");
      focus("title");
    });
  }
  return { mine, press, element, button, row, focus, open, moment, day, spaced, locale, leave, showMe, begin };
})();
