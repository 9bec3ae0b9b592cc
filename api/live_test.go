package api_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// liveBrowser is as much of a browser as live.js needs: its streams and its timers
// are the test's.
const liveBrowser = `
const fs = require("node:fs"), assert = require("node:assert");
const element = () => ({ dataset: { events: "/events", live: "live", waiting: "waiting" }, classList: { toggle() {} } });
const live = element(), order = element(), on = {}, timers = new Map(), sources = [];
let last = 0, looks = 0;
globalThis.window = globalThis;
globalThis.document = { getElementById: (id) => ({ live, order })[id] ?? element() };
globalThis.location = { pathname: "/orders/7KXM-92QD" };
globalThis.addEventListener = (name, f) => { on[name] = f; };
globalThis.setTimeout = (f, after) => { timers.set(++last, { f, after }); return last; };
globalThis.clearTimeout = (id) => timers.delete(id);
globalThis.fetch = async () => { looks++; return { ok: false, status: 503 }; };
globalThis.EventSource = class {
  static CLOSED = 2;
  constructor(url) { this.url = url; this.on = {}; this.readyState = 0; sources.push(this); }
  addEventListener(name, f) { this.on[name] = f; }
  close() { this.readyState = 2; }
};
eval(fs.readFileSync("pages/live.js", "utf8"));

assert.equal(sources.length, 1);
sources[0].on.open();
assert.equal(live.hidden, false);
order.dataset.over = "";
sources[0].on.open();
assert.equal(live.hidden, true, "an order that is over is not live");
delete order.dataset.over;
sources[0].on.error();
assert.equal(timers.size, 0, "a cut connection is the browser's to mend");

const waits = new Set();
for (let n = 0; n < 20; n++) {
  const source = sources.at(-1);
  source.readyState = 2;
  source.on.error();
  assert.equal(timers.size, 1, "a refused one is the page's");
  const [[id, timer]] = timers;
  assert.ok(timer.after >= 5000 && timer.after <= 30000, String(timer.after));
  waits.add(timer.after);
  timers.delete(id);
  timer.f();
  assert.equal(sources.length, n + 2);
  assert.equal(sources.at(-1).url, "/events");
}
assert.ok(waits.size > 1, "not all pages at once");
assert.ok(looks > 0, "what was missed is looked at");

sources.at(-1).readyState = 2;
sources.at(-1).on.error();
on.pagehide();
assert.equal(timers.size, 0, "a page that is left comes back no more");
`

func TestLivePage_ConnectsAgainAfterItWasRefused(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: the script of the page runs in nothing else here")
	}
	said, err := exec.CommandContext(t.Context(), node, "-e", liveBrowser).CombinedOutput()
	require.NoError(t, err, "%s", said)
}
