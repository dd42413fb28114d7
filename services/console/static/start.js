// @ts-check
/** The start panel: not modal, inside the tile that it is for, so that every Stop stays in reach. */

import { ask, say } from "./commands.js";
import { close, isOpen, show as showPanel, told } from "./panels.js";

const panel = /** @type {HTMLFormElement} */ (document.getElementById("start"));
const preview = /** @type {HTMLElement} */ (panel.querySelector("[data-previews]"));
const answerPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-answer]"));
const begin = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-action=begin]"));
const beginText = /** @type {HTMLElement} */ (begin.querySelector("[data-begin]"));
const missing = /** @type {HTMLElement} */ (begin.querySelector("[data-missing]"));
const previewText = /** @type {HTMLElement} */ (panel.querySelector("[data-preview]"));
const previewPath = /** @type {SVGPathElement} */ (panel.querySelector("[data-path]"));
/** @type {Record<string, {text: string, path: string, reach: boolean, kmh: number}>} */
const previews = JSON.parse(preview.dataset.previews ?? "{}");
const ownPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-own]"));
const ownSelect = /** @type {HTMLSelectElement} */ (ownPlace.querySelector("select"));
/** @type {Record<string, Record<string, {text: string, path: string, reach: boolean, kmh: number}>>} */
const owns = JSON.parse(ownPlace.dataset.own ?? "{}");
const invitation = previewText.textContent ?? "";
const words = JSON.parse(document.body.dataset.words ?? "{}");

const straps = /** @type {HTMLSelectElement} */ (panel.querySelector("select[name=strap]"));
const nearPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-near]"));
const whosePlace = /** @type {HTMLElement} */ (panel.querySelector("[data-whose]"));
const strapLine = /** @type {HTMLElement} */ (panel.querySelector("[data-strap]"));
const reasonPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-reason]"));
const holdPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-holds]"));
const reachPlaces = /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll("[data-reach]"));
const screened = /** @type {HTMLInputElement} */ (panel.querySelector("[name=screened]"));
const screenedText = /** @type {HTMLElement} */ (panel.querySelector("[data-screened]"));
const gatesPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-gates]"));
const screens = /** @type {HTMLElement} */ (panel.querySelector("[data-screens]"));
const forClass = /** @type {HTMLElement} */ (panel.querySelector("[data-for-class]"));
const heldPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-held]"));
/** Refusals that a reason of staff sets aside. */
const REASONED = ["weekly_cap", "minimum_gap"];
/** @typedef {{allowed: boolean, why: string, reason: boolean, arms_reach: boolean, held?: string, screen?: boolean}} MayStart */
/** What the chosen member may start, by goal/level; null: a guest, who is a novice; undefined: not known yet.
 * @type {Record<string, MayStart> | null | undefined} */
let gates = null;
let sending = false;
/** A refusal that asked for a reason. */
let reasonAsked = false;
/** Did a hand choose the goal? What a hand chose no answer changes. */
let byHand = false;
/** Is all as it was last time, and open without more? Then the button itself is the answer to what is asked first. */
let again = false;
/** Did a hand choose the strap? */
let strapTaken = false;
/** Could the treadmill be started when the panel was last drawn? */
let could = true;
const usual = [...straps.options].map((option) => option.value);
let openedAt = 0;

/** While the panel is open: which straps are near, and the one that is put on now. It is offered, never chosen. */
async function look() {
  const tile = /** @type {HTMLElement | null} */ (panel.closest(".tile"));
  if (!tile || !isOpen(panel, tile)) return;
  showStrap(tile);
  const ago = Math.min(600, (performance.now() - openedAt) / 1000).toFixed(1);
  try {
    const response = await fetch(`/api/treadmills/${tile.dataset.treadmill}/straps?asked_s_ago=${ago}`);
    if (response.ok && panel.closest(".tile") === tile) near(await response.json());
  } catch {
    nearPlace.dataset.offer = nearPlace.textContent = whosePlace.textContent = "";
  }
  setTimeout(look, 1000);
}

/** @param {{straps: {strap: string, rssi_dbm: number, model: string, new: boolean}[], offer: string,
 * whose: {id: string, name: string, alias: string, offer: string} | null}} found */
function near(found) {
  if (document.activeElement !== straps) {
    const chosen = straps.value;
    for (const option of [...straps.options]) {
      if (!usual.includes(option.value) && option.value !== chosen) option.remove();
    }
    for (const each of found.straps) {
      const about = [each.strap, each.model, `${each.rssi_dbm} dBm`, each.new ? words.just_put_on : ""];
      const known = [...straps.options].find((option) => option.value === each.strap);
      const option = known ?? new Option("", each.strap);
      option.textContent = about.filter(Boolean).join(" · ");
      if (!known) straps.append(option);
    }
  }
  const offer = `${found.offer} ${found.whose?.id ?? ""}`;
  if (offer === nearPlace.dataset.offer) return;
  nearPlace.dataset.offer = offer;
  nearPlace.textContent = whosePlace.textContent = "";
  if (!found.offer) return;
  const { whose } = found;
  if (whose) offers(whosePlace, found.offer, whose.offer, async () => (await import("./gates.js")).take(whose));
  offers(nearPlace, found.offer, words.use_strap.replace("{strap}", found.offer), () => {});
}

/** @param {HTMLElement} place @param {string} strap @param {string} text @param {() => void} also */
function offers(place, strap, text, also) {
  const take = document.createElement("button");
  take.type = "button";
  take.textContent = text;
  take.addEventListener("click", () => {
    straps.value = strap;
    strapTaken = true;
    nearPlace.textContent = whosePlace.textContent = "";
    also();
  });
  place.append(take);
}

/** Is a heart heard at this treadmill? @param {HTMLElement} tile */
function showStrap(tile) {
  const heard = straps.value !== "" || tile.querySelector("[data-text=hr]")?.textContent !== "–";
  strapLine.textContent = heard ? words.strap_found : words.strap_missing;
  strapLine.dataset.found = String(heard);
}

/** What the chosen member may start, and how they trained last, which is chosen if it is open and no hand was quicker; was it?
 * @param {Record<string, MayStart> | null | undefined} found
 * @param {{goal: string, level: string, programme: string, strap: string} | null} last */
function judged(found, last = null) {
  gates = found;
  reasonAsked = again = false;
  const open = last !== null && !byHand && gate(last.goal, last.level).allowed;
  if (open) check("goal", last.goal);
  show();
  pickLevel();
  if (!open) return false;
  check("level", last.level);
  if (!strapTaken && [...straps.options].some((option) => option.value === last.strap)) straps.value = last.strap;
  show();
  if ([...ownSelect.options].some((option) => option.value === last.programme)) ownSelect.value = last.programme;
  const now = gate(last.goal, last.level);
  again = !now.reason && !now.arms_reach && planned(`${last.goal}/${last.level}`)?.reach === false;
  show();
  return true;
}

/** @param {string} name @param {string} value */
function check(name, value) {
  const radio = panel.querySelector(`[name=${name}][value="${value}"]`);
  /** @type {HTMLInputElement} */ (radio).checked = true;
}

/** @param {string} goal @param {string} level @returns {MayStart} */
function gate(goal, level) {
  if (gates === undefined) return { allowed: false, why: "", reason: false, arms_reach: false };
  const allowed = level === panel.dataset.guestLevel;
  const guest = { allowed, why: allowed ? "" : words.guest_why, reason: false, arms_reach: false };
  return gates?.[`${goal}/${level}`] ?? guest;
}

/** The highest level that is open without a reason: the one that staff signed off, or novice for a guest. */
function pickLevel() {
  const goal = String(new FormData(panel).get("goal") ?? "");
  const levels = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("[name=level]")]);
  const open = levels.filter((level) => gate(goal, level.value).allowed);
  (open.at(-1) ?? levels[0]).checked = true;
  show();
}

/** Nobody is chosen, and nothing is left of who was: the members found go first, so that no reset can bring one back. */
function wipe() {
  for (const card of [...panel.querySelectorAll("[data-found] > :not(:first-child)")]) card.remove();
  panel.reset();
  delete ownPlace.dataset.of;
  gates = null;
  reasonAsked = byHand = again = strapTaken = false;
}

/** `chosen`: a member who has just been taken in. @param {HTMLElement} tile @param {{id: string, name: string, alias: string} | null} chosen */
export async function open(tile, chosen = null) {
  wipe();
  show();
  showStrap(tile);
  answerPlace.textContent = "";
  showPanel(panel, tile, "start", () => tile.removeEventListener("told", free));
  tile.addEventListener("told", free);
  openedAt = performance.now();
  nearPlace.dataset.offer = "";
  nearPlace.textContent = whosePlace.textContent = "";
  look();
  // On a touch screen the search would bring up a keyboard over half of the page.
  const first = matchMedia("(hover: hover)").matches ? "[data-search]" : "[name=member]";
  /** @type {HTMLElement} */ (panel.querySelector(first)).focus();
  (await import("./gates.js")).begin(panel, judged, chosen);
}

/** Can this treadmill be started now? */
const startable = () => told.get(/** @type {HTMLElement} */ (panel.closest(".tile")))?.can_start !== false;

/** A belt that somebody else has started is no place for this panel; one of which nothing is heard waits.
 * @param {Event} event */
function free(event) {
  const tile = /** @type {HTMLElement} */ (event.currentTarget);
  if (sending) return;
  if (told.get(tile)?.has_session && !startable()) {
    close();
    return say(tile.querySelector("[data-said]"), words.taken, "alarm");
  }
  if (startable() !== could || forClass.hidden === Boolean(document.body.dataset.class_id)) show();
}

/** Is there a class that this start can be for? What was meant for one that is over is for none. */
function joinable() {
  const { class_id: id, class_about: about } = document.body.dataset;
  const tick = /** @type {HTMLInputElement} */ (forClass.querySelector("input"));
  if (!id || (tick.checked && tick.value !== id)) tick.checked = false;
  if (id) tick.value = id;
  forClass.hidden = !id;
  /** @type {HTMLElement} */ (forClass.querySelector("[data-class-about]")).textContent = about ?? "";
}

/** The button says for whom the start is, and `send` asks for whom the button says. */
function name() {
  const chosen = /** @type {HTMLInputElement} */ (panel.querySelector("[name=member]:checked"));
  if (begin.dataset.member !== chosen.value) screened.checked = false; // what one was asked is nobody else's answer
  begin.dataset.member = chosen.value;
  const text = chosen.value ? words.start_for.replace("{name}", () => chosen.dataset.name ?? "") : words.start_guest;
  beginText.textContent = text;
  screenedText.textContent = chosen.value ? words.screened_member : words.screened_guest;
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (panel.querySelectorAll("[data-guest]"))) {
    field.disabled = chosen.value !== "";
  }
}

/** The plan of a goal and level: its default, or the gym's own programme that is chosen. @param {string} cell */
function planned(cell) {
  const own = owns[cell] ?? {};
  if (ownPlace.dataset.of !== cell) {
    ownPlace.dataset.of = cell;
    ownSelect.replaceChildren(new Option(words.built_in, ""), ...Object.keys(own).map((name) => new Option(name)));
    ownPlace.hidden = Object.keys(own).length === 0;
  }
  return own[ownSelect.value] ?? previews[cell];
}

function show() {
  name();
  joinable();
  could = startable();
  screens.hidden = !gates || !Object.values(gates).some((one) => one.screen);
  const here = told.get(/** @type {HTMLElement} */ (panel.closest(".tile")));
  holdPlace.hidden = !here?.holds;
  const chosen = new FormData(panel);
  const plan = planned(`${chosen.get("goal")}/${chosen.get("level")}`);
  previewText.textContent = plan?.text ?? invitation;
  previewPath.setAttribute("d", plan?.path ?? "");
  const goal = chosen.get("goal");
  if (!goal) {
    gatesPlace.textContent = "";
    heldPlace.textContent = "";
    reasonPlace.hidden = true;
    for (const place of reachPlaces) place.hidden = true;
    lacks(gates === undefined ? "…" : words.lacks_goal);
    return;
  }
  for (const level of /** @type {NodeListOf<HTMLInputElement>} */ (panel.querySelectorAll("[name=level]"))) {
    level.disabled = !gate(String(goal), level.value).allowed;
  }
  // Form data leaves a disabled level out, and the chosen one may be shut.
  const level = /** @type {HTMLInputElement | null} */ (panel.querySelector("[name=level]:checked"));
  const now = gate(String(goal), level?.value ?? "novice");
  const shut = ["novice", "intermediate", "advanced"].map((level) => gate(String(goal), level).why);
  gatesPlace.textContent = now.why || (shut.find((why) => why !== "") ?? "");
  reasonPlace.hidden = !now.reason && !reasonAsked;
  const machine = here?.held_kmh;
  const lines = [
    now.held ? words.held.replace("{what}", now.held) : "",
    machine && plan && plan.kmh > machine && !chosen.has("spotter") ? words.held_machine.replace("{kmh}", machine.toFixed(1)) : "",
  ];
  heldPlace.textContent = lines.filter(Boolean).join(" ");
  for (const place of reachPlaces) place.hidden = !now.arms_reach && !plan?.reach && !chosen.has("for_class");
  const refused = !now.allowed || (plan !== undefined && plan.path === ""); // is said above
  if (sending || gates === undefined) lacks("…");
  else if (!could) lacks(words.lacks_belt);
  else if (refused) lacks(words.lacks_level);
  else if (again) lacks("", words.asked_again);
  else lacks(screened.checked ? "" : words.lacks_asked);
}

/** What has to be done first, told on the button itself: it is shut for as long as something is. @param {string} what
 * @param {string} says what a press says besides */
function lacks(what, says = "") {
  missing.textContent = what || says;
  begin.disabled = what !== "";
  panel.dataset.again = String(again);
}

async function send() {
  const tile = /** @type {HTMLElement} */ (panel.closest(".tile"));
  const chosen = new FormData(panel);
  const hrMax = chosen.get("hr_max_bpm");
  const presence = Number(chosen.get("presence_s"));
  const whose = beginText.textContent ?? "";
  sending = begin.disabled = true;
  say(answerPlace, words.sending);
  const answer = await ask("/api/sessions", {
    treadmill: tile.dataset.treadmill,
    goal: chosen.get("goal"),
    level: chosen.get("level"),
    programme: chosen.get("programme") ?? "",
    alias: chosen.get("alias") ?? "",
    strap: chosen.get("strap"),
    waiver: chosen.get("waiver"),
    member: begin.dataset.member,
    why: chosen.get("why"),
    spotter: chosen.has("spotter"),
    harness: chosen.has("harness"),
    hold: chosen.has("hold") && !holdPlace.hidden,
    language: chosen.get("language"),
    screened: again || screened.checked,
    ...(chosen.has("for_class") ? { class_id: chosen.get("for_class"), programme: "" } : {}),
    countdown_s: Number(chosen.get("countdown_s")),
    ...(presence ? { presence_s: presence } : {}),
    ...(hrMax ? { hr_max_bpm: Number(hrMax) } : {}),
  });
  sending = false;
  const here = panel.closest(".tile") === tile;
  if (here) show();
  const facts = { start: whose, treadmill: tile.dataset.name ?? "", why: answer.text };
  const failed = words.start_failed.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {keyof facts} */ key) => facts[key]);
  if (!here) return say(tile.querySelector("[data-said]"), answer.ok ? answer.text : failed, answer.ok ? "info" : "alarm");
  if (!answer.ok) {
    reasonAsked = REASONED.includes(answer.cause ?? "");
    show();
    say(answerPlace, answer.text, "alarm");
    answerPlace.scrollIntoView({ block: "nearest" });
    return;
  }
  close();
  say(tile.querySelector("[data-said]"), answer.text);
}

// Before the panels' own listener opens it: for whom.
screens.addEventListener("click", () => (panel.dataset.screens = "true"));
panel.addEventListener("change", (event) => {
  const name = /** @type {HTMLInputElement} */ (event.target).name;
  // What was said of another choice is not of this one.
  if (name !== "why") say(answerPlace, "");
  if (/^(goal|level|programme)$/.test(name)) reasonAsked = false;
  if (/^(member|goal|level|programme|strap|for_class)$/.test(name)) again = false;
  if (name === "for_class" && /** @type {HTMLInputElement} */ (event.target).checked) {
    check("goal", document.body.dataset.class_goal ?? "");
    byHand = true;
    pickLevel();
  }
  if (name === "goal") byHand = true;
  if (name === "strap") strapTaken = true;
  const goal = /** @type {HTMLInputElement | null} */ (panel.querySelector("[name=goal]:checked"));
  if (name === "member" && goal && !byHand) goal.checked = false; // how one trained last is nobody else's wish
  if (name === "goal") pickLevel();
  else show();
});
panel.addEventListener("keydown", (event) => {
  // Enter ends a search; it starts nothing.
  const search = /** @type {Element} */ (event.target).matches("[data-search]");
  if (search && event.key === "Enter") event.preventDefault();
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
