// @ts-check
/** The one panel that is open, inside the tile that it is for, so that every Stop stays in reach. Panels' scripts are
 * fetched when they are first asked for. */

import { say } from "./commands.js";

const words = JSON.parse(document.body.dataset.words ?? "{}");

/** What the newest frame told of a tile, by its element. @type {WeakMap<HTMLElement, Record<string, any>>} */
export const told = new WeakMap();

/** @type {{panel: HTMLElement, tile: HTMLElement, left: () => void} | null} */
let shown = null;
let failures = 0;

const SMALL = matchMedia("(max-width: 40rem), (max-height: 30rem)");

/** Is this panel open, in this tile? @param {HTMLElement} panel @param {HTMLElement | null} tile */
export const isOpen = (panel, tile) => shown !== null && shown.panel === panel && shown.tile === tile;

/** @param {HTMLElement} panel @param {HTMLElement} tile @param {string} kind @param {() => void} left */
export function show(panel, tile, kind, left = () => {}) {
  close();
  tile.insertBefore(panel, tile.querySelector("[data-said]"));
  tile.dataset.open = kind;
  if (panel instanceof HTMLDialogElement) panel.show();
  else panel.hidden = false;
  shown = { panel, tile, left };
  if (SMALL.matches) tile.scrollIntoView({ block: "start" });
}

/** The focus goes back to the button that opened the panel. */
export function close() {
  if (!shown) return;
  const { panel, tile, left } = shown;
  const kind = tile.dataset.open;
  shown = null;
  delete tile.dataset.open;
  if (panel instanceof HTMLDialogElement) panel.close();
  else panel.hidden = true;
  document.body.append(panel);
  left();
  const back = tile.querySelector(`[data-panel=${kind}]:not([hidden])`) ?? tile.querySelector(".stop");
  /** @type {HTMLElement | null} */ (back)?.focus();
}

/** A script that did not arrive is asked for again, under an address of its own: browsers may keep a failure.
 * @param {string} kind */
const load = (kind) => import(`./${kind}.js${failures ? `?${failures}` : ""}`);

document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-panel], [data-action=close]");
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.action === "close") return close();
  const tile = /** @type {HTMLElement | null} */ (button.closest(".tile"));
  if (!tile) return; // its panel was closed as it was pressed
  try {
    (await load(button.dataset.panel ?? "")).open(tile);
  } catch {
    failures += 1;
    say(tile.querySelector("[data-said]"), words.no_server, "alarm");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
