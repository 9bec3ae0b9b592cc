"use strict";
// The page of who somebody is, and of the address that they sign in with.
(() => {
  const { on, say, at } = account;
  const { mine, spaced, showMe, begin } = own;
  const show = (me) => {
    showMe(me);
    for (const [name, value] of Object.entries({ name: me.name, phone: spaced(me.phone), language: me.language })) at("profile").elements[name].value = value;
  };
  on("profile", async ({ name, phone, language }, form) => {
    show(await mine("PATCH", "/v1/account", { name, phone: phone || undefined, language }));
    form.querySelector(".said").textContent = say("saved");
  });
  on("address", async (typed, form) => {
    await mine("POST", "/v1/account/email", typed);
    form.reset();
    form.querySelector(".said").textContent = say("address.mailed");
  });
  begin(show);
})();
