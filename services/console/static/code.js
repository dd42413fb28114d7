// @ts-check
/** The code of a member's page: shown on the tile, beside its Stop, until it is closed. */

import { say } from "./commands.js";
import { show } from "./panels.js";

const panel = /** @type {HTMLElement} */ (document.getElementById("code"));
const picture = /** @type {HTMLImageElement} */ (panel.querySelector("[data-code]"));
const link = /** @type {HTMLAnchorElement} */ (panel.querySelector("a"));
const rear = /** @type {HTMLAnchorElement} */ (panel.querySelector("[data-rear]"));

/** @param {HTMLElement} tile */
export async function open(tile) {
  const place = /** @type {HTMLElement | null} */ (tile.querySelector("[data-said]"));
  try {
    const answer = await (await fetch(`/api/treadmills/${tile.dataset.treadmill}/member-page`)).json();
    if (!answer.ok) return say(place, answer.text, "alarm");
    picture.src = answer.picture;
    link.href = answer.url;
    rear.href = answer.rear;
    rear.hidden = !answer.rear;
  } catch {
    return say(place, JSON.parse(document.body.dataset.words ?? "{}").no_answer, "alarm");
  }
  show(panel, tile, "code");
  link.focus();
}
