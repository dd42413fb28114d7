// @ts-check
/** All that staff can do with a session beside Stop, Pause and Resume: its steps, its limit, its record, the level. */

import { ask, say } from "./commands.js";
import { isOpen, show, told } from "./panels.js";

const panel = /** @type {HTMLDialogElement} */ (document.getElementById("more"));
const words = JSON.parse(document.body.dataset.words ?? "{}");
const limitForm = /** @type {HTMLFormElement} */ (panel.querySelector("[data-limit]"));
const limit = /** @type {HTMLInputElement} */ (limitForm.elements.namedItem("speed_max_kmh"));
const raise = /** @type {HTMLElement} */ (limitForm.querySelector("[data-raise]"));
const recordForm = /** @type {HTMLFormElement} */ (panel.querySelector("[data-record]"));
const answers = /** @type {HTMLFormElement} */ (panel.querySelector("[data-answers]"));
const codeButton = /** @type {HTMLElement} */ (panel.querySelector("[data-panel=code]"));
const useForm = /** @type {HTMLFormElement} */ (panel.querySelector("[data-use]"));
const backInUse = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-back-in-use]"));
const ownStrap = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-own-strap]"));
const level = /** @type {HTMLElement} */ (panel.querySelector("[data-level]"));
const figure = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const takeBack = /** @type {HTMLButtonElement} */ (level.querySelector("[data-take-back]"));

let askedLevel = "";

const tileOf = () => /** @type {HTMLElement} */ (panel.closest(".tile"));
const now = () => told.get(tileOf()) ?? {};

/** @param {HTMLElement} tile */
export function open(tile) {
  show(panel, tile, "more", () => tile.removeEventListener("told", draw));
  tile.addEventListener("told", draw);
  limitForm.reset();
  recordForm.reset();
  answers.reset();
  useForm.reset();
  limit.value = "";
  level.hidden = true;
  takeBack.hidden = true;
  askedLevel = "";
  /** @type {HTMLElement} */ (panel.querySelector("[data-more-id]")).textContent = [
    ...new Set([tile.dataset.name, tile.dataset.treadmill]),
  ].join(" · ");
  draw();
  /** @type {HTMLElement} */ (panel.querySelector("h3")).focus();
}

let pressed = false;
let late = false;

/** What fits now is offered; nothing moves under a finger: what comes meanwhile is drawn once it is up. */
function draw() {
  if (pressed) {
    late = true;
    return;
  }
  const tile = now();
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll("[data-more]"))) {
    const text = String(tile[place.dataset.more ?? ""] ?? "");
    if (place.textContent !== text) place.textContent = text;
  }
  drawLinks({ session: tile.session, member: tile.member });
  const fresh = tileOf().dataset.state !== "silent";
  const can = fresh ? (tile.can ?? []) : [];
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (panel.querySelectorAll("[data-verb]"))) {
    button.disabled = !can.includes(button.dataset.verb);
  }
  /** @type {HTMLElement} */ (panel.querySelector(".verbs")).hidden = tile.ended === true || !tile.session;
  if (tile.ended && tile.member && askedLevel !== tile.session) askLevel(tileOf(), tile.session);
  answers.hidden = tile.ended !== true;
  recordForm.hidden = !tile.session;
  codeButton.hidden = !tile.has_session;
  ownStrap.hidden = !tile.member;
  useForm.hidden = Boolean(tile.out_of_use);
  backInUse.hidden = !tile.out_of_use;
  const limited = tile.limit_kmh !== null && tile.limit_kmh !== undefined && !tile.ended;
  limitForm.hidden = !limited;
  if (!limited) return;
  limit.max = String(tile.ceiling_kmh);
  if (limit.value === "") limit.value = tile.limit_kmh.toFixed(1);
  /** @type {HTMLElement} */ (limitForm.querySelector("[data-in-force]")).textContent = figure.format(tile.limit_kmh);
  /** @type {HTMLElement} */ (limitForm.querySelector("[data-ceiling]")).textContent = figure.format(tile.ceiling_kmh);
  drawRaise();
}

/** What can be looked back on, and written down. @param {Record<string, string>} ids of the session and of the member */
function drawLinks(ids) {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (panel.querySelectorAll("[data-link]"))) {
    const id = ids[link.dataset.of ?? ""];
    link.hidden = !id;
    link.href = `${link.dataset.link}${encodeURIComponent(id ?? "")}${link.dataset.at ?? ""}`;
  }
}

/** Above the limit in force it is a raise: a reason and an end belong to it. */
function drawRaise() {
  const up = Number(limit.value) > (now().limit_kmh ?? 0);
  raise.hidden = !up;
  /** @type {HTMLInputElement} */ (limitForm.elements.namedItem("why")).required = up;
}

/** The level of a member whose session is over. @param {HTMLElement} tile @param {string} session */
async function askLevel(tile, session) {
  askedLevel = session;
  const { member, goal } = now();
  let answer;
  try {
    answer = await (await fetch(`/api/members/${member}/levels/${goal}`, { signal: AbortSignal.timeout(5_000) })).json();
  } catch {
    answer = { ok: false, text: words.no_answer };
  }
  if (!isOpen(panel, tile) || now().session !== session) return;
  const button = /** @type {HTMLButtonElement} */ (level.querySelector("[data-sign]"));
  /** @type {HTMLElement} */ (level.querySelector("[data-level-text]")).textContent = answer.text;
  button.hidden = !answer.ready;
  button.textContent = answer.offer ?? "";
  button.dataset.sign = answer.next ?? "";
  level.hidden = false;
}

/** Sent once; the answer stands on the tile. @param {string} path @param {object} body @param {HTMLButtonElement | null} button */
async function send(path, body, button) {
  const tile = tileOf();
  const place = /** @type {HTMLElement | null} */ (tile.querySelector("[data-said]"));
  if (button) button.disabled = true;
  say(place, words.sending);
  const answer = await ask(path, body);
  if (button) button.disabled = false;
  say(place, answer.text, answer.ok ? "info" : "alarm");
  if (isOpen(panel, tile)) draw();
  return answer.ok === true;
}

/** @param {string} action */
const address = (action) => `/api/treadmills/${tileOf().dataset.treadmill}/${action}`;

panel.addEventListener("pointerdown", () => (pressed = true));
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => {
    pressed = false;
    if (late) setTimeout(() => panel.closest(".tile") && draw());
    late = false;
  });
}
panel.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("button");
  if (!button) return;
  if (button.dataset.verb) return send(address(button.dataset.verb), {}, button);
  if (button.dataset.by) {
    const wished = Number(limit.value) + Number(button.dataset.by);
    limit.value = Math.min(Number(limit.max), Math.max(Number(limit.min), wished)).toFixed(1);
    return drawRaise();
  }
  if (button.dataset.words) {
    return send(address(button.dataset.kind ?? "note"), { session: now().session, text: button.dataset.words }, button);
  }
  if (button.dataset.sign) {
    const { member, goal } = now();
    const done = await send(`/api/members/${member}/sign-offs`, { goal, level: button.dataset.sign }, button);
    if (!done) return;
    button.hidden = true;
    takeBack.dataset.takeBack = button.dataset.sign;
    takeBack.hidden = false;
  }
  if (button.dataset.takeBack) {
    const { member, goal } = now();
    const done = await send(`/api/members/${member}/sign-offs/take-back`, { goal, level: button.dataset.takeBack }, button);
    if (!done) return;
    takeBack.hidden = true;
    askLevel(tileOf(), now().session);
  }
});
limit.addEventListener("input", drawRaise);
limitForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = new FormData(limitForm);
  const up = !raise.hidden;
  const body = {
    speed_max_kmh: Number(given.get("speed_max_kmh")),
    ...(up ? { why: given.get("why"), minutes: Number(given.get("minutes")) } : {}),
  };
  if (await send(address("adjust"), body, null)) raise.hidden = true;
});
recordForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const kind = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter)?.value ?? "note";
  const text = String(new FormData(recordForm).get("text"));
  if (await send(address(kind), { session: now().session, text }, null)) recordForm.reset();
});
answers.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = new FormData(answers);
  const body = { session: now().session, rpe: Number(given.get("rpe")), pain: Number(given.get("pain")) };
  if (await send(address("feedback"), body, null)) answers.reset();
});
useForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await send(address("out-of-use"), { why: new FormData(useForm).get("why") }, null)) useForm.reset();
});
ownStrap.addEventListener("click", () => send(address("own-strap"), { session: now().session }, ownStrap));
backInUse.addEventListener("click", () => send(address("in-use"), {}, backInUse));
