// @ts-check
/** What staff do: sent by POST, once, with a time limit; the page says when it did not go out. */

const STOP_MAX_MS = 3_500;
const ASK_MAX_MS = 8_000;
const SAID_MS = 6_000;
const TOO_SOON_MS = 700;

const words = JSON.parse(document.body.dataset.words ?? "{}");
const banner = /** @type {HTMLElement} */ (document.querySelector("[data-banner=command]"));

/** @param {string} path @param {object} body @param {number} limitMs */
async function post(path, body, limitMs) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-Backstride-Seen": document.body.dataset.seen ?? "",
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limitMs),
      keepalive: true,
    });
    return await answer.json();
  } catch {
    return null;
  }
}

/** A request for the session service. @param {string} path @param {object} body */
export async function ask(path, body) {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  return (await post(path, { id, ...body }, ASK_MAX_MS)) ?? { ok: false, text: words.no_answer };
}

/** Say it on the tile. What is no alarm goes away by itself; an alarm stays on a line of its own until somebody says
 * that it was seen. @param {HTMLElement | null} place */
export function say(place, /** @type {string} */ text, kind = "info") {
  if (!place) return;
  const line = place.nextElementSibling;
  if (kind === "alarm" && line instanceof HTMLElement && line.dataset.alarm !== undefined) {
    say(place, "");
    return alarm(line, text);
  }
  place.textContent = text;
  place.dataset.kind = kind;
  clearTimeout(Number(place.dataset.timer));
  if (kind !== "alarm") place.dataset.timer = String(setTimeout(() => (place.textContent = ""), SAID_MS));
}

/** @param {HTMLElement} line @param {string} text */
function alarm(line, text) {
  /** @type {HTMLElement} */ (line.querySelector("span")).textContent = text;
  line.hidden = text === "";
}

/** @param {string} text */
function shout(text) {
  banner.textContent = text;
  banner.hidden = text === "";
}

/** Tiles whose stop may not have reached the belt, until it is told to stand; did the stop go out?
 * @type {Map<HTMLElement, boolean>} */
const unsure = new Map();

/** A belt that stands by now, whoever stopped it, is no alarm any more. */
function settle() {
  for (const [tile, sent] of unsure) {
    if (tile.isConnected && !(tile.dataset.fresh === "true" && tile.dataset.may_move === "false")) continue;
    unsure.delete(tile);
    alarm(/** @type {HTMLElement} */ (tile.querySelector("[data-alarm]")), "");
    say(tile.querySelector("[data-said]"), sent ? words.sent_still : words.not_delivered_still);
    if (!unsure.size) shout("");
  }
}
document.addEventListener("floor-told", settle);

/** @param {HTMLFormElement} form */
async function stop(form) {
  const treadmill = form.dataset.stop ?? "";
  const place = form.closest(".tile")?.querySelector("[data-said]") ?? null;
  say(/** @type {HTMLElement | null} */ (place), words.stopping);
  const answer = await post(form.action, {}, STOP_MAX_MS);
  const text = answer?.text ?? words.not_delivered;
  const bad = answer?.alarm ?? true;
  say(/** @type {HTMLElement | null} */ (place), text, bad ? "alarm" : "info");
  const called = /** @type {HTMLElement | null} */ (form.closest(".tile"))?.dataset.name ?? treadmill;
  shout(bad ? (treadmill ? `${called}: ${text}` : text) : "");
  const meant = treadmill ? [form.closest(".tile")] : [...document.querySelectorAll(".tile")];
  const tiles = /** @type {HTMLElement[]} */ (meant.filter((tile) => tile instanceof HTMLElement));
  if (bad) {
    for (const tile of tiles) unsure.set(tile, answer?.ok === true);
    return settle();
  }
  // A stop that went out ends what was said of one that did not.
  for (const tile of tiles) {
    unsure.delete(tile);
    alarm(/** @type {HTMLElement} */ (tile.querySelector("[data-alarm]")), "");
    say(tile.querySelector("[data-said]"), text);
  }
}

/** @param {HTMLButtonElement} button */
async function act(button) {
  // A button that has just taken another's place under a finger is not meant yet.
  const since = Math.max(Number(button.dataset.since ?? -1e9), Number(document.body.dataset.since ?? -1e9));
  if (performance.now() - since < TOO_SOON_MS) return;
  const tile = /** @type {HTMLElement} */ (button.closest(".tile"));
  const place = /** @type {HTMLElement | null} */ (tile.querySelector("[data-said]"));
  button.disabled = true;
  say(place, words.sending);
  /** @type {Record<string, object>} */
  const more = { clear: { latch: tile.dataset.latch ?? "" }, rpe: { rpe: Number(button.value) } };
  const action = button.dataset.action ?? "";
  const answer = await ask(`/api/treadmills/${tile.dataset.treadmill}/${action}`, more[action] ?? {});
  button.disabled = false;
  say(place, answer.text, answer.ok ? "info" : "alarm");
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.dataset.stop === undefined) return;
  event.preventDefault();
  stop(form);
});

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("button[data-action]");
  if (!(button instanceof HTMLButtonElement)) return;
  if (/^(pause|resume|end|clear|present|rpe)$/.test(button.dataset.action ?? "")) act(button);
  if (button.dataset.action === "seen") alarm(/** @type {HTMLElement} */ (button.closest("[data-alarm]")), "");
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.code !== "KeyS" || event.repeat) return;
  event.preventDefault();
  /** @type {HTMLFormElement} */ (document.querySelector(".stop-all")).requestSubmit();
});
