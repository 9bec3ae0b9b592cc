"use strict";
// The page of what somebody may ask for by law: their word on texts, their data, and to be forgotten.
(() => {
  const { at, on, ask, say, show } = account;
  const { mine, element, button, row, focus, moment, begin } = own;

  const consentRow = (text, word) => {
    const name = say("terms." + text.kind);
    const link = element("a", say("consent.read"), { href: text.url, target: "_blank", rel: "noopener", "aria-label": say("consent.read.of", { name }) });
    const line = element("p", "", { class: "quiet" });
    line.append(link);
    const old = word?.given && word.language === text.language && word.number !== text.number;
    const state = word ? say(!word.given ? "consent.taken" : text.kind === "privacy" ? "consent.noted" : "consent.given", { at: moment(word.at) }) : say("consent.none");
    const give = () => mine("POST", "/v1/account/consents", { kind: text.kind, hash: text.hash });
    const take = () => mine("DELETE", "/v1/account/consents/" + text.kind);
    const change = (words, act) => button(words, say("consent.of", { act: words, name }), at("consents-alert"), async () => {
      at("consents-said").textContent = "";
      await act().catch(async (problem) => { if (problem.code === "terms_changed") await showConsents(); throw problem; });
      await showConsents();
      at("consents-said").textContent = say("saved");
      focus("consents-title");
    });
    const acts = [];
    if (!word?.given) acts.push(change(say("consent.give." + text.kind), give));
    if (old) acts.push(change(say("consent.again." + text.kind), give));
    // That a notice was read is no consent, and cannot be taken back.
    if (word?.given && text.kind !== "privacy") acts.push(change(say("consent.take"), take));
    return row([element("h3", name), say("terms." + text.kind + ".says"), old ? state + " " + say("consent.old") : state, line], ...acts);
  };
  const showConsents = async () => {
    const [{ items }, { consents }] = await Promise.all([ask("GET", "/v1/terms"), mine("GET", "/v1/account/consents")]);
    const texts = items.filter(({ kind }) => kind === "privacy" || kind === "marketing");
    at("consent-rows").replaceChildren(...texts.map((text) => consentRow(text, consents.find((each) => each.kind === text.kind))));
    at("no-consents").hidden = texts.length > 0;
  };

  on("export", async (typed, form) => {
    await mine("POST", "/v1/account/export", typed);
    form.reset();
    form.querySelector(".said").textContent = say("export.asked");
  });
  on("erase", async ({ password, code }) => {
    const { due_at } = await mine("POST", "/v1/account/erasure", { password, code: code || undefined });
    at("gone-says").textContent = say("gone.says", { at: moment(due_at) });
    show("gone");
  });
  begin(async (me) => {
    at("erase-code").closest(".field").hidden = !me.second_factor;
    at("erase-code").required = me.second_factor;
    at("erase-open").hidden = Boolean(me.role) || Boolean(me.erasure_due_at);
    at("erase-staff").hidden = !me.role;
    await showConsents();
  });
})();
