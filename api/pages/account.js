"use strict";
// What every page about an account needs, and what all but the account's own do.
const account = (() => {
  const language = document.documentElement.lang;
  const words = JSON.parse(document.getElementById("words").textContent);
  const at = (id) => document.getElementById(id);
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const send = (method, path, body) => fetch(path, {
    method, credentials: "same-origin", cache: "no-store", body: body && JSON.stringify(body),
    headers: { "Accept-Language": language, ...(body && { "Content-Type": "application/json" }) },
  });
  const read = async (res) => {
    const body = res.status === 204 ? {} : await res.json().catch(() => ({}));
    if (res.ok) return body;
    throw { detail: say("failed"), ...body, status: res.status };
  };
  const ask = async (method, path, body) => {
    let res;
    try {
      res = await send(method, path, body);
    } catch {
      throw { code: "offline", detail: say("offline") };
    }
    return read(res);
  };
  // An access token is good for minutes: the first refusal fetches another one, and
  // whoever is refused meanwhile waits for the same.
  let refreshing;
  const refresh = () => (refreshing ??= ask("POST", "/v1/sessions/refresh").finally(() => { refreshing = undefined; }));
  const own = async (method, path, body) => {
    try {
      return await ask(method, path, body);
    } catch (problem) {
      if (problem.code !== "unauthenticated") throw problem;
      await refresh();
      return ask(method, path, body);
    }
  };

  // A page of ours, and of nobody else: what comes in an address was written by anybody.
  const next = () => {
    const given = new URLSearchParams(location.search).get("next") || "";
    const url = given.startsWith("/") ? new URL(given, location.origin) : null;
    return url && url.origin === location.origin ? url.pathname + url.search + url.hash : page("");
  };
  const page = (name) => {
    const chosen = new URLSearchParams(location.search).get("lang");
    return "/account" + (name && "/" + name) + (chosen ? "?lang=" + language : "");
  };
  // The link of a mail carries its ticket behind "#": it leaves the address at once.
  const ticket = () => {
    const given = location.hash.slice(1);
    history.replaceState(null, "", location.pathname + location.search);
    return given.startsWith("tkt_") ? given : "";
  };

  const show = (id) => {
    for (const each of document.querySelectorAll("main > section")) each.hidden = each.id !== id;
    at(id + "-title").focus();
  };
  const sentence = (text) => text && text[0].toLocaleUpperCase(language) + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
  const wrong = (form, name, message) => {
    const input = form.elements[name];
    const shown = input && at(input.id + "-error");
    if (!shown || input.closest("[hidden]")) return false;
    shown.textContent = sentence(message);
    shown.hidden = false;
    input.setAttribute("aria-invalid", "true");
    return true;
  };
  const clear = (form) => {
    for (const each of form.querySelectorAll(".error")) { each.textContent = ""; each.hidden = true; }
    for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    for (const each of form.querySelectorAll(".alert, .said")) each.textContent = "";
  };
  const lacking = (input) => {
    if (input.required && !input.value.trim()) return say("required");
    if (input.type === "email" && input.validity.typeMismatch) return say("no-email");
    if (input.value && input.minLength > input.value.length) return say("short", { least: input.minLength });
    return "";
  };
  const complete = (form) => {
    for (const input of form.querySelectorAll("input")) {
      const message = input.closest("[hidden]") ? "" : lacking(input);
      if (message) wrong(form, input.name, message);
    }
    return !form.querySelector("[aria-invalid]");
  };
  const refused = (form, problem) => {
    let rest = problem.errors?.length ? "" : problem.detail;
    for (const each of problem.errors ?? []) {
      if (!wrong(form, each.field.split(".").pop(), each.message)) rest = each.message;
    }
    rest = sentence(rest);
    if (problem.retry_after) rest += " " + say("wait", { seconds: problem.retry_after });
    form.querySelector(".alert").textContent = rest;
  };
  // on runs act with what was typed; whatever is wrong is shown beside its field.
  const on = (id, act) => {
    const form = at(id);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.ariaBusy === "true") return;
      clear(form);
      if (complete(form)) {
        form.ariaBusy = "true";
        try {
          await act(Object.fromEntries(new FormData(form)), form);
        } catch (problem) {
          refused(form, problem);
        }
        form.ariaBusy = "false";
      }
      form.querySelector("[aria-invalid]")?.focus();
    });
  };
  for (const button of document.querySelectorAll("[data-shows]")) {
    button.addEventListener("click", () => {
      const shown = at(button.dataset.shows).type === "password";
      at(button.dataset.shows).type = shown ? "text" : "password";
      button.ariaPressed = String(shown);
    });
  }
  const other = at("other-language");
  const query = new URLSearchParams(location.search);
  query.set("lang", other.lang);
  other.addEventListener("click", (event) => { event.preventDefault(); location.assign(location.pathname + "?" + query + location.hash); });
  return { language, say, sentence, at, ask, own, on, show, next, page, ticket };
})();

(() => {
  const { at, ask, on, show, next, page, ticket, say } = account;
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
    "sign-in": () => {
      const key = sessionStorage.getItem(told);
      sessionStorage.removeItem(told);
      if (key) at("told").textContent = say(key);
      on("sign-in", async ({ email, password, code }, form) => {
        const device_token = sessionStorage.getItem(known) || undefined;
        try {
          await ask("POST", "/v1/sessions", { email, password, code: code || undefined, device_token, cookies: true });
        } catch (problem) {
          if (problem.code !== "second_factor_required" || !at("second").hidden) throw problem;
          at("first").hidden = true;
          at("second").hidden = false;
          at("again").hidden = false;
          form.elements.code.required = true;
          form.elements.code.focus();
          return;
        }
        sessionStorage.removeItem(known);
        const { role, second_factor } = await ask("GET", "/v1/account");
        location.replace(role && !second_factor ? page("") : next());
      });
    },
  };
  pages[document.body.dataset.page]?.();
})();
