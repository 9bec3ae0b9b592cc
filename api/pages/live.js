(() => {
  "use strict";
  const live = document.getElementById("live");
  const said = document.getElementById("said");
  if (!live || !window.EventSource) return;
  let pending = 0, loading = false, again = false;
  const over = () => "over" in document.getElementById("order").dataset;

  // The server writes the page; what is new is put in the place of what was there.
  const refresh = async () => {
    if (loading) { again = true; return; }
    loading = true;
    try {
      const look = () => fetch(location.pathname, { credentials: "same-origin", cache: "no-store" });
      let res = await look();
      // Whoever sees the order by being signed in has a token for minutes: it is made fresh.
      if (res.status === 404 && (await fetch("/v1/sessions/refresh", { method: "POST", credentials: "same-origin" })).ok) res = await look();
      if (!res.ok) throw new Error(String(res.status));
      const page = await res.text();
      const part = page.slice(page.indexOf("<main"), page.indexOf("</main>") + 7);
      const fresh = new DOMParser().parseFromString(part, "text/html");
      const now = document.getElementById("order"), next = fresh.getElementById("order");
      if (now && next && now.innerHTML !== next.innerHTML) {
        const focused = now.contains(document.activeElement) ? document.activeElement.id : "";
        now.replaceWith(next);
        if (focused) document.getElementById(focused)?.focus();
        if (next.dataset.headline !== now.dataset.headline) said.textContent = next.dataset.headline;
        document.title = next.dataset.title;
        if (over()) live.hidden = true;
      }
    } catch {
      show(false); // the next event, or the next connection, brings it
    }
    loading = false;
    if (again) { again = false; refresh(); }
  };
  const soon = () => { clearTimeout(pending); pending = setTimeout(refresh, 200); };
  const show = (on) => {
    live.hidden = over();
    live.classList.toggle("on", on);
    live.textContent = on ? live.dataset.live : live.dataset.waiting;
  };
  let source, later = 0;
  const follow = () => {
    source = new EventSource(live.dataset.events);
    source.addEventListener("open", () => show(true));
    source.addEventListener("error", () => {
      show(false);
      // A browser mends a cut connection; after another answer (429, 503, a proxy's 502) it gives up.
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(later);
      later = setTimeout(() => { follow(); refresh(); }, 5000 + Math.random() * 25000);
    });
    source.addEventListener("entry", soon);
  };
  follow();
  addEventListener("pagehide", () => { clearTimeout(later); source.close(); });
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
})();
