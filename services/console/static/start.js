// @ts-check
/** The start panel: not modal, inside the tile that it is for, so that every Stop stays in reach. */

import { ask, say } from "./commands.js";

const panel = /** @type {HTMLFormElement} */ (document.getElementById("start"));
const preview = /** @type {HTMLElement} */ (panel.querySelector("[data-previews]"));
const answerPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-answer]"));
const begin = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-action=begin]"));
const previewText = /** @type {HTMLElement} */ (panel.querySelector("[data-preview]"));
const previewPath = /** @type {SVGPathElement} */ (panel.querySelector("[data-path]"));
/** @type {Record<string, {text: string, path: string}>} */
const previews = JSON.parse(preview.dataset.previews ?? "{}");
const invitation = previewText.textContent ?? "";
const words = JSON.parse(document.body.dataset.words ?? "{}");

const straps = /** @type {HTMLSelectElement} */ (panel.querySelector("select[name=strap]"));
const nearPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-near]"));
const usual = [...straps.options].map((option) => option.value);
let openedAt = 0;

/** While the panel is open: which straps are near, and the one that is put on now. It is offered, never chosen. */
async function look() {
  const tile = /** @type {HTMLElement | null} */ (panel.closest(".tile"));
  if (!tile || panel.hidden) return;
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
      const about = [each.strap, each.model, `${each.rssi_dbm} dBm`, each.new ? "just put on" : ""];
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
  take.textContent = `Use ${found.offer}, just put on`;
  take.addEventListener("click", () => {
    straps.value = found.offer;
    nearPlace.textContent = "";
  });
  nearPlace.append(take);
}

/** @param {HTMLElement} tile */
function open(tile) {
  close();
  panel.reset();
  show();
  answerPlace.textContent = "";
  tile.insertBefore(panel, tile.querySelector("[data-said]"));
  tile.dataset.open = "start";
  panel.hidden = false;
  openedAt = performance.now();
  nearPlace.dataset.offer = "";
  nearPlace.textContent = "";
  look();
  /** @type {HTMLElement} */ (panel.querySelector("input")).focus();
}

function close() {
  const tile = /** @type {HTMLElement | null} */ (panel.closest(".tile"));
  if (!tile) return;
  delete tile.dataset.open;
  panel.hidden = true;
  document.body.append(panel);
  const back = tile.querySelector("[data-action=start]:not([hidden])") ?? tile.querySelector(".stop");
  /** @type {HTMLElement | null} */ (back)?.focus();
}

function show() {
  const chosen = new FormData(panel);
  const plan = previews[`${chosen.get("goal")}/${chosen.get("level")}`];
  previewText.textContent = plan?.text ?? invitation;
  previewPath.setAttribute("d", plan?.path ?? "");
  begin.disabled = plan !== undefined && plan.path === "";
}

async function send() {
  const tile = /** @type {HTMLElement} */ (panel.closest(".tile"));
  const chosen = new FormData(panel);
  const hrMax = chosen.get("hr_max_bpm");
  begin.disabled = true;
  say(answerPlace, words.sending);
  const answer = await ask("/api/sessions", {
    treadmill: tile.dataset.treadmill,
    goal: chosen.get("goal"),
    level: chosen.get("level"),
    alias: chosen.get("alias"),
    strap: chosen.get("strap"),
    waiver: chosen.get("waiver"),
    ...(hrMax ? { hr_max_bpm: Number(hrMax) } : {}),
  });
  begin.disabled = false;
  if (panel.closest(".tile") !== tile) return;
  if (!answer.ok) {
    say(answerPlace, answer.text, "alarm");
    return;
  }
  close();
  say(tile.querySelector("[data-said]"), answer.text);
}

panel.addEventListener("change", show);
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-action]");
  const action = button instanceof HTMLElement ? button.dataset.action : "";
  if (action === "start") open(/** @type {HTMLElement} */ (/** @type {HTMLElement} */ (button).closest(".tile")));
  if (action === "back") close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) close();
});
