"use strict";
// The pages of one form: registering, and what links of mails lead to.
(() => {
  const { ask, on, show, page, ticket } = account;
  const known = "bedesten.device";
  const told = "bedesten.told";
  const mailed = (path) => async (typed) => { await ask("POST", path, typed); show("mailed"); };
  // withTicket asks only while the mail's link is there and good.
  const withTicket = (id, act) => {
    const given = ticket();
    if (!given) { show("broken"); return; }
    on(id, async (typed) => {
      try {
        await act({ ...typed, ticket: given });
      } catch (problem) {
        if (problem.code !== "unauthenticated" || id === "confirm") throw problem;
        show("broken");
      }
    });
  };
  const tell = (key) => { sessionStorage.setItem(told, key); location.assign(page("sign-in")); };

  const pages = {
    register: () => on("register", mailed("/v1/accounts")),
    forgot: () => on("forgot", mailed("/v1/password-resets")),
    reset: () => withTicket("reset", async (typed) => {
      const { device_token } = await ask("POST", "/v1/password-resets/confirm", typed);
      sessionStorage.setItem(known, device_token);
      tell("reset.done");
    }),
    confirm: () => withTicket("confirm", async (typed) => {
      await ask("POST", "/v1/accounts/confirm", { ...typed, cookies: true });
      location.replace(page(""));
    }),
    email: () => withTicket("email", async (typed) => {
      await ask("POST", "/v1/accounts/email/confirm", typed);
      show("done");
    }),
  };
  pages[document.body.dataset.page]?.();
})();
