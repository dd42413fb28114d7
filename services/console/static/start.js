// @ts-check
/** The start panel: not modal, inside the tile that it is for, so that every Stop stays in reach. */

import { ask, say } from "./commands.js";
import { close, isOpen, show as showPanel } from "./panels.js";

const panel = /** @type {HTMLFormElement} */ (document.getElementById("start"));
const preview = /** @type {HTMLElement} */ (panel.querySelector("[data-previews]"));
const answerPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-answer]"));
const begin = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-action=begin]"));
const previewText = /** @type {HTMLElement} */ (panel.querySelector("[data-preview]"));
const previewPath = /** @type {SVGPathElement} */ (panel.querySelector("[data-path]"));
/** @type {Record<string, {text: string, path: string, reach: boolean}>} */
const previews = JSON.parse(preview.dataset.previews ?? "{}");
const ownPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-own]"));
const ownSelect = /** @type {HTMLSelectElement} */ (ownPlace.querySelector("select"));
/** @type {Record<string, Record<string, {text: string, path: string, reach: boolean}>>} */
const owns = JSON.parse(ownPlace.dataset.own ?? "{}");
const invitation = previewText.textContent ?? "";
const words = JSON.parse(document.body.dataset.words ?? "{}");

const straps = /** @type {HTMLSelectElement} */ (panel.querySelector("select[name=strap]"));
const nearPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-near]"));
const strapLine = /** @type {HTMLElement} */ (panel.querySelector("[data-strap]"));
const reasonPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-reason]"));
const reachPlaces = /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll("[data-reach]"));
const gatesPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-gates]"));
/** @typedef {{allowed: boolean, why: string, reason: boolean, arms_reach: boolean}} MayStart */
/** What the chosen member may start, by goal/level; null: a guest, who is a novice; undefined: not known yet.
 * @type {Record<string, MayStart> | null | undefined} */
let gates = null;
let sending = false;
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
    nearPlace.textContent = "";
  }
  setTimeout(look, 1000);
}

/** @param {{straps: {strap: string, rssi_dbm: number, model: string, new: boolean}[], offer: string}} found */
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
  if (found.offer === nearPlace.dataset.offer) return;
  nearPlace.dataset.offer = found.offer;
  nearPlace.textContent = "";
  if (!found.offer) return;
  const take = document.createElement("button");
  take.type = "button";
  take.textContent = words.use_strap.replace("{strap}", found.offer);
  take.addEventListener("click", () => {
    straps.value = found.offer;
    nearPlace.textContent = "";
  });
  nearPlace.append(take);
}

/** Is a heart heard at this treadmill? @param {HTMLElement} tile */
function showStrap(tile) {
  const heard = straps.value !== "" || tile.querySelector("[data-text=hr]")?.textContent !== "–";
  strapLine.textContent = heard ? words.strap_found : words.strap_missing;
  strapLine.dataset.found = String(heard);
}

/** What the chosen member may start. @param {Record<string, MayStart> | null | undefined} found */
function judged(found) {
  gates = found;
  show();
  pickLevel();
}

/** @param {string} goal @param {string} level @returns {MayStart} */
function gate(goal, level) {
  if (gates === undefined) return { allowed: false, why: "", reason: false, arms_reach: false };
  const guest = { allowed: level === "novice", why: level === "novice" ? "" : words.guest_why, reason: false, arms_reach: false };
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
}

/** `chosen`: a member who has just been taken in. @param {HTMLElement} tile @param {{id: string, name: string, alias: string} | null} chosen */
export async function open(tile, chosen = null) {
  wipe();
  show();
  showStrap(tile);
  answerPlace.textContent = "";
  showPanel(panel, tile, "start");
  openedAt = performance.now();
  nearPlace.dataset.offer = "";
  nearPlace.textContent = "";
  look();
  // On a touch screen the search would bring up a keyboard over half of the page.
  const first = matchMedia("(hover: hover)").matches ? "[data-search]" : "[name=member]";
  /** @type {HTMLElement} */ (panel.querySelector(first)).focus();
  (await import("./gates.js")).begin(panel, judged, chosen);
}

/** The button says for whom the start is, and `send` asks for whom the button says. */
function name() {
  const chosen = /** @type {HTMLInputElement} */ (panel.querySelector("[name=member]:checked"));
  begin.dataset.member = chosen.value;
  const text = chosen.value ? words.start_for.replace("{name}", () => chosen.dataset.name ?? "") : words.start_guest;
  /** @type {HTMLElement} */ (begin.querySelector("[data-begin]")).textContent = text;
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
  const chosen = new FormData(panel);
  const plan = planned(`${chosen.get("goal")}/${chosen.get("level")}`);
  previewText.textContent = plan?.text ?? invitation;
  previewPath.setAttribute("d", plan?.path ?? "");
  const goal = chosen.get("goal");
  if (!goal) {
    gatesPlace.textContent = "";
    reasonPlace.hidden = true;
    for (const place of reachPlaces) place.hidden = true;
    begin.disabled = sending || gates === undefined;
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
  reasonPlace.hidden = !now.reason;
  for (const place of reachPlaces) place.hidden = !now.arms_reach && !plan?.reach;
  begin.disabled = sending || gates === undefined || !now.allowed || (plan !== undefined && plan.path === "");
}

async function send() {
  const tile = /** @type {HTMLElement} */ (panel.closest(".tile"));
  const chosen = new FormData(panel);
  const hrMax = chosen.get("hr_max_bpm");
  const whose = begin.textContent?.trim() ?? "";
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
    countdown_s: Number(chosen.get("countdown_s")),
    ...(chosen.get("presence_s") ? { presence_s: Number(chosen.get("presence_s")) } : {}),
    ...(hrMax ? { hr_max_bpm: Number(hrMax) } : {}),
  });
  sending = false;
  const here = panel.closest(".tile") === tile;
  if (here) show();
  const facts = { start: whose, treadmill: tile.dataset.treadmill ?? "", why: answer.text };
  const failed = words.start_failed.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {keyof facts} */ key) => facts[key]);
  if (!here) return say(tile.querySelector("[data-said]"), answer.ok ? answer.text : failed, answer.ok ? "info" : "alarm");
  if (!answer.ok) {
    say(answerPlace, answer.text, "alarm");
    answerPlace.scrollIntoView({ block: "nearest" });
    return;
  }
  close();
  say(tile.querySelector("[data-said]"), answer.text);
}

panel.addEventListener("change", (event) => {
  const name = /** @type {HTMLInputElement} */ (event.target).name;
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
