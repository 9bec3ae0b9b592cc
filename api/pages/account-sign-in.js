"use strict";
// The page on which one signs in, by password or with a passkey.
(() => {
  const { at, ask, on, next, page, say, told } = account;
  const known = "bedesten.device";
  const left = "bedesten.told";
  const delivery = () => ({ cookies: true, device_token: sessionStorage.getItem(known) || undefined });

  const key = sessionStorage.getItem(left);
  sessionStorage.removeItem(left);
  if (key) at("told").textContent = say(key);

  on("sign-in", async ({ email, password, code }, form) => {
    let signedIn;
    try {
      signedIn = await ask("POST", "/v1/sessions", { email, password, code: code || undefined, ...delivery() });
    } catch (problem) {
      if (problem.code !== "second_factor_required" || !at("second").hidden) throw problem;
      for (const [id, hidden] of [["first", true], ["by-passkey", true], ["second", false], ["again", false]]) at(id).hidden = hidden;
      form.elements.code.required = true;
      form.elements.code.focus();
      return;
    }
    sessionStorage.removeItem(known);
    const { role, passkeys } = await ask("GET", "/v1/account");
    const weak = role && !signedIn.second_factor;
    if (weak && passkeys.length) {
      // With the password alone staff can do nothing, and change nothing about it.
      await ask("DELETE", "/v1/sessions/current");
      throw { detail: say("staff.passkey") };
    }
    location.replace(weak ? page("security") : next());
  });

  if (!webauthn.can) return;
  at("by-passkey").hidden = false;
  const alert = at("passkey-alert");
  const use = async (more) => {
    const { challenge, options } = await ask("POST", "/v1/sessions/passkey/options");
    const credential = await webauthn.get(options, more);
    await ask("POST", "/v1/sessions/passkey", { challenge, credential, ...delivery() });
    sessionStorage.removeItem(known);
    location.replace(next());
  };
  // While nobody pressed the button, the browser offers passkeys where the address is
  // typed. A challenge is good for five minutes: it is asked for anew before.
  const fresh = 4 * 60 * 1000;
  let waiting, since;
  const offer = async () => {
    waiting?.abort();
    const mine = waiting = new AbortController();
    since = Date.now();
    try {
      await use({ mediation: "conditional", signal: mine.signal });
    } catch (problem) {
      if (mine !== waiting || problem.name) return;
      if (problem.code === "unauthenticated") { alert.textContent = told(problem); offer(); }
    }
  };
  const offerAnew = () => { if (waiting && Date.now() - since > fresh) offer(); };
  webauthn.offers().then((can) => { if (can) offer(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) offerAnew(); });
  at("sign-in").elements.email.addEventListener("focus", offerAnew);

  const button = at("use-passkey");
  button.addEventListener("click", async () => {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    alert.textContent = "";
    const offered = Boolean(waiting);
    waiting?.abort();
    waiting = undefined;
    try {
      await use({});
    } catch (problem) {
      alert.textContent = told(webauthn.excuse(problem));
      if (offered) offer();
    }
    button.ariaBusy = "false";
  });
})();
