package api_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// formBrowser is as much of a browser as account.js needs to say where it leads.
const formBrowser = `
const fs = require("node:fs"), assert = require("node:assert");
const element = () => ({ textContent: "{}", lang: "en", dataset: {}, addEventListener() {} });
globalThis.document = { documentElement: { lang: "tr" }, body: element(), getElementById: element, querySelectorAll: () => [] };
globalThis.history = { replaceState: (state, title, url) => { globalThis.left = url; } };
const code = fs.readFileSync("pages/account.js", "utf8");
const at = (search, hash, then) => {
  globalThis.location = { origin: "https://dukkan.example", pathname: "/account/sign-in", search, hash };
  return eval(code + ";account." + then);
};
const next = (given, more = "") => at("?next=" + encodeURIComponent(given) + more, "", "next()");

assert.equal(next("/orders/7KXM-92QD?x=1#y"), "/orders/7KXM-92QD?x=1#y");
for (const elsewhere of [
  "", "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", " //evil.example",
  "javascript:alert(1)", "data:text/html,x", "evil.example", "http:evil.example", "https://dukkan.example@evil.example/",
]) assert.equal(next(elsewhere), "/account", JSON.stringify(elsewhere));
assert.equal(next("//evil.example", "&lang=tr"), "/account?lang=tr");
assert.ok(next("/%2f/evil.example").startsWith("/"), "what is encoded stays a path");

assert.equal(at("?lang=tr", "#tkt_01k3~k1.AbC", "ticket()"), "tkt_01k3~k1.AbC");
assert.equal(globalThis.left, "/account/sign-in?lang=tr", "the ticket has left the address");
assert.equal(at("", "#main", "ticket()"), "", "what is no ticket is none");
`

// passkeyBrowser is as much of a browser as account-webauthn.js needs to make a
// passkey and to use it.
const passkeyBrowser = `
const fs = require("node:fs"), assert = require("node:assert");
globalThis.window = globalThis;
globalThis.account = { say: (key) => key };
const code = fs.readFileSync("pages/account-webauthn.js", "utf8");
const on = (hostname, secure = true) => {
  globalThis.isSecureContext = secure;
  globalThis.location = { hostname };
  return eval(code + ";webauthn");
};
assert.ok(!on("dukkan.example").can, "a browser without passkeys");
globalThis.PublicKeyCredential = class {};
assert.ok(on("dukkan.example").can && on("localhost").can);
for (const number of ["127.0.0.1", "[::1]"]) assert.ok(!on(number).can, number);
assert.ok(!on("dukkan.example", false).can, "a page that came unencrypted");

const bytes = (...all) => new Uint8Array(all);
let asked;
const answer = (more) => ({
  id: "_-8", rawId: bytes(255, 239).buffer, type: "public-key", authenticatorAttachment: null, getClientExtensionResults: () => ({}),
  response: { clientDataJSON: bytes(123, 125).buffer, ...more },
});
Object.defineProperty(globalThis, "navigator", { value: { credentials: {
  create: async (options) => { asked = options; return answer({ attestationObject: bytes(0).buffer, getTransports: () => ["internal"] }); },
  get: async (options) => { asked = options; return answer({ authenticatorData: bytes(1).buffer, signature: bytes(2).buffer, userHandle: null }); },
} } });
(async () => {
  const webauthn = on("dukkan.example");
  const made = await webauthn.create({ publicKey: { challenge: "_-8", user: { id: "AQ", name: "Ayşe" }, excludeCredentials: [{ type: "public-key", id: "AgM" }] } });
  assert.deepEqual([asked.publicKey.challenge, asked.publicKey.user.id, asked.publicKey.excludeCredentials[0].id], [bytes(255, 239), bytes(1), bytes(2, 3)]);
  assert.deepEqual(JSON.parse(JSON.stringify(made)), {
    id: "_-8", rawId: "_-8", type: "public-key", clientExtensionResults: {}, response: { clientDataJSON: "e30", attestationObject: "AA", transports: ["internal"] },
  });
  const used = await webauthn.get({ publicKey: { challenge: "AA" } }, { mediation: "conditional" });
  assert.equal(asked.mediation, "conditional");
  assert.deepEqual(used.response, { clientDataJSON: "e30", authenticatorData: "AQ", signature: "Ag" });
  assert.equal(webauthn.excuse({ name: "NotAllowedError" }).detail, "passkey.not");
  assert.equal(webauthn.excuse({ name: "SecurityError" }).detail, "passkey.failed");
  assert.equal(webauthn.excuse({ detail: "from the API" }).detail, "from the API");
})();
`

// exportBrowser is as much of a browser as account-export.js needs to say which
// export it fetches.
const exportBrowser = `
const fs = require("node:fs"), assert = require("node:assert");
const code = fs.readFileSync("pages/account-export.js", "utf8");
const at = (hash) => {
  const seen = { asked: [] };
  globalThis.location = { pathname: "/account/export", search: "?lang=tr", hash };
  globalThis.history = { replaceState: (state, title, url) => { seen.left = url; } };
  globalThis.account = { at: () => ({}), say: (key) => key, show: (id) => { seen.shown = id; }, told: (problem) => problem.detail };
  globalThis.own = {
    mine: async (method, path) => { seen.asked.push(path); return {}; }, element: () => ({ click() {} }), press: (_, alert, act) => { seen.press = act; },
  };
  eval(code);
  return seen;
};
const ulid = "01k3v8m4w0f3q2x9y6z7a1b2c3";
for (const hash of ["#tkt_" + ulid + "~k1.AbC-_d", "#exp_" + ulid]) {
  const seen = at(hash);
  assert.equal(seen.left, "/account/export?lang=tr#exp_" + ulid, "the ticket's secret has left the address");
  seen.press().catch(() => {}).then(() => assert.deepEqual(seen.asked, ["/v1/account", "/v1/account/exports/exp_" + ulid]));
}
for (const hash of ["", "#main", "#tkt_", "#usr_" + ulid, "#exp_" + ulid + "/../../sessions", "#exp_" + ulid.toUpperCase()]) {
  const seen = at(hash);
  assert.deepEqual([seen.shown, seen.asked], ["broken", []], hash);
}
`

// runInNode runs a script in the folder of the tests.
func runInNode(t *testing.T, script string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: the scripts of the pages run in nothing else here")
	}
	said, err := exec.CommandContext(t.Context(), node, "-e", script).CombinedOutput()
	require.NoError(t, err, "%s", said)
}

func TestAccountPages_LeadNowhereButToPagesOfTheirOwn(t *testing.T) {
	t.Parallel()
	runInNode(t, formBrowser)
}

func TestAccountPages_SpeakOfPasskeysAsBrowsersAndTheAPIDo(t *testing.T) {
	t.Parallel()
	runInNode(t, passkeyBrowser)
}

func TestAccountPages_FetchTheExportThatTheLetterNamesAndForgetItsTicket(t *testing.T) {
	t.Parallel()
	runInNode(t, exportBrowser)
}
