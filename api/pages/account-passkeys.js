"use strict";
// The passkeys of an account: which there are, and another one.
const passkeys = (() => {
  const { at, on, say } = account;
  const { mine, button, row, focus, open, day, leave } = own;
  const path = (each) => "/v1/account/passkeys/" + encodeURIComponent(each.id);
  let device = "", chosen;
  const passkeyRow = (each) => row([
    each.name,
    [say("passkey.made", { at: day(each.created_at) }), each.last_used_at ? say("passkey.used", { at: day(each.last_used_at) }) : say("passkey.unused")].join(" · "),
  ],
  button(say("passkey.rename"), say("passkey.rename.of", { name: each.name }), at("passkeys-alert"), () => { chosen = each; open("passkey-name", { name: each.name }); }),
  button(say("passkey.remove"), say("passkey.remove.of", { name: each.name }), at("passkeys-alert"), () => {
    chosen = each;
    at("passkey-gone-says").textContent = say("passkey.remove.says", { name: each.name });
    open("passkey-gone");
  }, "plain bad"));
  const list = (all) => {
    at("passkey-rows").replaceChildren(...all.map(passkeyRow));
    at("no-passkeys").hidden = all.length > 0;
  };
  const again = async (said) => {
    const me = await mine("GET", "/v1/account");
    own.showMe(me);
    list(me.passkeys);
    at("passkeys-said").textContent = say(said);
  };
  on("passkey-add", async ({ name, password }, form) => {
    const { challenge, options } = await mine("POST", "/v1/account/passkeys/options", { password });
    const credential = await webauthn.create(options).catch((problem) => { throw webauthn.excuse(problem); });
    await mine("POST", "/v1/account/passkeys", { challenge, credential, name });
    form.reset();
    form.elements.name.value = device;
    if (!at("staff").hidden) {
      // This sign-in proved one factor: staff begin anew with the passkey.
      await mine("DELETE", "/v1/sessions/current");
      sessionStorage.setItem("bedesten.told", "staff.with");
      leave();
      return;
    }
    at("passkey-new").open = false;
    await again("passkey.added");
    focus("passkeys-title");
  });
  on("passkey-naming", async ({ name }) => {
    await mine("PATCH", path(chosen), { name });
    at("passkey-name").close();
    await again("saved");
    focus("passkeys-title");
  });
  on("passkey-going", async ({ password }) => {
    await mine("DELETE", path(chosen), undefined, { headers: { "X-Account-Password": encodeURIComponent(password) } }).catch((problem) => {
      for (const each of problem.errors ?? []) each.field = each.field.replace("header.X-Account-Password", "header.password");
      throw problem;
    });
    at("passkey-gone").close();
    await again("passkey.gone");
    focus("passkeys-title");
  });
  const show = (all, name) => {
    device = name;
    at("passkey-add").elements.name.value = name;
    at("passkey-new").hidden = !webauthn.can;
    at("passkeys").hidden = !webauthn.can && all.length === 0;
    list(all);
  };
  return { show };
})();
