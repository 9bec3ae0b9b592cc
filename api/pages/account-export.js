"use strict";
// The page that a letter leads to once somebody's data was gathered.
(() => {
  const { at, show, say } = account;
  const { mine, press, element } = own;
  // The letter's link names the export by its ticket. Its secret part opens nothing here, and leaves the address.
  const id = /^(?:tkt|exp)(_[0-9a-z]{26})(?:~|$)/.exec(location.hash.slice(1))?.[1];
  if (!id) { show("broken"); return; }
  history.replaceState(null, "", location.pathname + location.search + "#exp" + id);
  const save = ({ content, name }) => {
    const url = URL.createObjectURL(content);
    element("a", "", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  press(at("download"), at("export-alert"), async () => {
    at("export-said").textContent = "";
    try {
      const fetched = await mine("GET", "/v1/account/exports/exp" + id);
      save(fetched);
      at("export-said").textContent = say("export.done", { name: fetched.name });
    } catch (problem) {
      if (problem.code !== "not_found") throw problem;
      show("broken");
    }
  });
  mine("GET", "/v1/account").then(
    (me) => { at("who").textContent = say("own.who", { name: me.name, email: me.email }); at("download").hidden = false; },
    (problem) => { at("export-alert").textContent = account.told(problem); },
  );
})();
