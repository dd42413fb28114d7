// @ts-check
/** The phone's own lock in place of the PIN. Where the page came without TLS, or the phone has no lock, there is no
 * button for it. */

const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-passkey]"));
if (place) offer(place);

/** @param {HTMLElement} place */
async function offer(place) {
  const able = location.protocol === "https:" && "PublicKeyCredential" in window;
  if (!able || !(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) return;
  place.hidden = false;
  const press = /** @type {HTMLButtonElement} */ (place.querySelector("button[data-way]"));
  const said = /** @type {HTMLElement} */ (place.querySelector("[data-said]"));
  press.addEventListener("click", async () => {
    press.disabled = true;
    said.textContent = "";
    const trouble = await (press.dataset.way === "add" ? add(place) : open(place));
    if (trouble === null) location.assign(place.dataset.then ?? "");
    else said.textContent = trouble || (place.dataset.failed ?? "");
    press.disabled = false;
  });
}

/** Null: done. Else what to say, or nothing where the phone refused. @param {HTMLElement} place */
async function add(place) {
  const [wanted, trouble] = await told(`${place.dataset.passkey}/wanted`);
  if (!wanted) return trouble;
  const made = await phone(() =>
    navigator.credentials.create({
      publicKey: {
        ...wanted,
        challenge: bytes(wanted.challenge),
        user: { ...wanted.user, id: bytes(wanted.user.id) },
        excludeCredentials: [],
      },
    }),
  );
  if (!made) return "";
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return sent(place.dataset.passkey ?? "", made, {
    attestationObject: text(response.attestationObject),
    clientDataJSON: text(response.clientDataJSON),
  });
}

/** @param {HTMLElement} place */
async function open(place) {
  const [asked, trouble] = await told(`${place.dataset.passkey}/question`);
  if (!asked) return trouble;
  const found = await phone(() =>
    navigator.credentials.get({
      publicKey: {
        ...asked,
        challenge: bytes(asked.challenge),
        allowCredentials: asked.allowCredentials.map((/** @type {any} */ one) => ({ ...one, id: bytes(one.id) })),
      },
    }),
  );
  if (!found) return "";
  const response = /** @type {AuthenticatorAssertionResponse} */ (found.response);
  return sent(`${place.dataset.passkey}/open`, found, {
    authenticatorData: text(response.authenticatorData),
    clientDataJSON: text(response.clientDataJSON),
    signature: text(response.signature),
  });
}

/** The phone asks its owner; null: they did not want to. @param {() => Promise<Credential | null>} ask */
async function phone(ask) {
  try {
    return /** @type {PublicKeyCredential | null} */ (await ask());
  } catch {
    return null;
  }
}

/** @param {string} path @param {PublicKeyCredential} one @param {object} response */
async function sent(path, one, response) {
  const body = JSON.stringify({ id: one.id, rawId: text(one.rawId), type: one.type, response });
  const [done, trouble] = await told(path, body);
  return done ? null : trouble;
}

/** The hub's answer, or what is wrong. @param {string} path @returns {Promise<[any, string]>} */
async function told(path, body = "") {
  try {
    const answer = await fetch(path, { method: "POST", headers: { Accept: "application/json" }, body });
    const content = await answer.json();
    return answer.ok ? [content, ""] : [null, content.text ?? ""];
  } catch {
    return [null, ""];
  }
}

/** @param {string} written Base64 for addresses, as the hub writes bytes. */
function bytes(written) {
  const plain = atob(written.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

/** @param {ArrayBuffer} value */
function text(value) {
  return btoa(String.fromCharCode(...new Uint8Array(value))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}
