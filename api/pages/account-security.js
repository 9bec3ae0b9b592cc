"use strict";
// The page of what keeps an account safe: the password, a second factor, and where it is signed in.
(() => {
  const { at, on, say } = account;
  const { mine, press, element, button, row, focus, moment, leave, showMe, begin } = own;
  let me;
  const show = (shown) => {
    me = shown;
    showMe(me);
    at("change-username").value = me.email;
    at("factor-state").textContent = me.second_factor ? say("factor.on", { left: me.recovery_codes_left }) : say("factor.none");
    at("factor-start").hidden = me.second_factor && !me.role;
    at("factor-off").hidden = !me.second_factor || Boolean(me.role);
  };
  on("change", async ({ current_password, password }, form) => {
    await mine("PUT", "/v1/account/password", { current_password, password });
    form.reset();
    at("change-username").value = me.email;
    form.querySelector(".said").textContent = say("password.done");
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
    show(await mine("GET", "/v1/account"));
    at("factor-start").hidden = true;
    at("factor-codes").hidden = false;
    at("factor-codes-title").focus();
    await showSessions();
  });
  on("factor-remove", async (typed, form) => {
    await mine("POST", "/v1/account/second-factor/remove", typed);
    form.reset();
    show(await mine("GET", "/v1/account"));
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
    const end = () => button(say("session.end"), say("session.end.of", { device: each.device }), at("sessions-alert"), async () => {
      await mine("DELETE", "/v1/sessions/" + encodeURIComponent(each.id));
      at("sessions-said").textContent = say("session.ended", { device: each.device });
      made.remove();
      focus("sessions-title");
    });
    const made = row([
      each.current ? say("session.this", { device: each.device }) : each.device,
      say("session.at", { at: moment(each.signed_in_at), used: moment(each.last_used_at) }),
    ], ...(each.current ? [] : [end()]));
    return made;
  };
  const showSessions = async () => {
    const { sessions } = await mine("GET", "/v1/sessions");
    at("session-rows").replaceChildren(...sessions.map(sessionRow));
    return sessions;
  };
  press(at("everywhere"), at("sessions-alert"), async () => { await mine("DELETE", "/v1/sessions"); leave(); });
  begin(async (shown) => {
    show(shown);
    const sessions = await showSessions();
    passkeys.show(shown.passkeys, sessions.find((each) => each.current)?.device ?? "");
  });
})();
