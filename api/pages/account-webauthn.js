"use strict";
// Passkeys, as browsers speak of them. Options and answers are turned by hand: not every browser that has passkeys can read them from JSON.
const webauthn = (() => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (each) => String.fromCharCode(each)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const named = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));
  const parsed = ({ publicKey }) => ({
    ...publicKey, challenge: bytes(publicKey.challenge),
    ...(publicKey.user && { user: { ...publicKey.user, id: bytes(publicKey.user.id) } }),
    ...(publicKey.excludeCredentials && { excludeCredentials: named(publicKey.excludeCredentials) }),
    ...(publicKey.allowCredentials && { allowCredentials: named(publicKey.allowCredentials) }),
  });
  const written = (made) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return {
      id: made.id, rawId: text(made.rawId), type: made.type, response,
      authenticatorAttachment: made.authenticatorAttachment ?? undefined, clientExtensionResults: made.getClientExtensionResults(),
    };
  };
  // Browsers bind passkeys to names, and to no address that is a number.
  const can = window.isSecureContext && "PublicKeyCredential" in window && !/^[\d.]+$|:/.test(location.hostname);
  const offers = async () => can && Boolean(await PublicKeyCredential.isConditionalMediationAvailable?.());
  const create = async (options) => written(await navigator.credentials.create({ publicKey: parsed(options) }));
  const get = async (options, more) => written(await navigator.credentials.get({ publicKey: parsed(options), ...more }));
  // What a browser refuses says too little to be shown.
  const excuse = (problem) => {
    if (problem.detail) return problem;
    const known = { NotAllowedError: "passkey.not", InvalidStateError: "passkey.there" }[problem.name] ?? "passkey.failed";
    return { code: problem.name, detail: account.say(known) };
  };
  return { can, offers, create, get, excuse };
})();
