"use strict";
// What every page about an account needs.
const account = (() => {
  const language = document.documentElement.lang;
  const words = JSON.parse(document.getElementById("words").textContent);
  const at = (id) => document.getElementById(id);
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const send = (method, path, { body, headers, cache = "no-store" }) => fetch(path, {
    method, credentials: "same-origin", cache, body: body && JSON.stringify(body),
    headers: { "Accept-Language": language, ...(body && { "Content-Type": "application/json" }), ...headers },
  });
  const file = async (res) => ({ content: await res.blob(), name: /filename="([^"]+)"/.exec(res.headers.get("Content-Disposition"))?.[1] ?? "" });
  const read = async (res) => {
    if (res.ok && res.headers.get("Content-Type") === "application/zip") return file(res);
    const body = res.status === 204 ? {} : await res.json().catch(() => ({}));
    if (res.ok) return body;
    throw { detail: say("failed"), ...body, status: res.status };
  };
  const ask = (method, path, body, more) => send(method, path, { body, ...more }).then(read).catch((problem) => {
    throw problem.detail ? problem : { code: "offline", detail: say("offline") };
  });
  // An access token is good for minutes: the first refusal fetches another one, and
  // whoever is refused meanwhile waits for the same.
  let refreshing;
  const refresh = () => (refreshing ??= ask("POST", "/v1/sessions/refresh").finally(() => { refreshing = undefined; }));
  const own = async (...what) => {
    try {
      return await ask(...what);
    } catch (problem) {
      if (problem.code !== "unauthenticated") throw problem;
      await refresh();
      return ask(...what);
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
    for (const each of document.querySelectorAll("main > :not(noscript)")) each.hidden = each.id !== id;
    at(id + "-title").focus();
  };
  const sentence = (text) => text && text[0].toLocaleUpperCase(language) + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
  const told = ({ detail, retry_after }) => sentence(detail ?? say("failed")) + (retry_after ? " " + say("wait", { seconds: retry_after }) : "");
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
    for (const input of form.querySelectorAll("input, select")) {
      const message = input.closest("[hidden]") ? "" : lacking(input);
      if (message) wrong(form, input.name, message);
    }
    return !form.querySelector("[aria-invalid]");
  };
  const refused = (form, problem) => {
    let rest = problem.errors?.length ? "" : problem;
    for (const { field, message } of problem.errors ?? []) {
      const [, ...path] = field.split(".");
      if (!wrong(form, path.join("."), message) && !wrong(form, path.at(-1), message)) rest = { detail: message };
    }
    form.querySelector(".alert").textContent = rest && told(rest);
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
  return { language, say, told, at, ask, own, on, clear, show, next, page, ticket };
})();
