// @ts-check
/** The class board: as many tiles as people train, as large as the screen allows, never scrolled. */

import { follow } from "./live.js";

const OLD_AFTER_MS = 3_000;
const body = document.body;
const words = JSON.parse(body.dataset.words ?? "{}");
const wall = /** @type {HTMLElement} */ (document.querySelector("[data-wall]"));
const blank = /** @type {HTMLTemplateElement} */ (document.getElementById("place"));
const clock = /** @type {HTMLElement} */ (document.querySelector("[data-clock]"));
/** @type {Map<string, {root: HTMLElement, values: Record<string, any>}>} */
const places = new Map();
/** @type {Record<string, any>} */
let floor = {};

/** @param {string} id */
function add(id) {
  const root = /** @type {HTMLElement} */ (/** @type {Element} */ (blank.content.firstElementChild).cloneNode(true));
  root.dataset.id = id;
  /** @type {Element} */ (root.querySelector(".machine")).textContent = id;
  const next = [...places.keys()].sort().find((other) => other > id);
  wall.insertBefore(root, next === undefined ? null : /** @type {any} */ (places.get(next)).root);
  return keep(id, root);
}

/** @param {string} id @param {HTMLElement} root */
function keep(id, root) {
  const place = { root, values: /** @type {Record<string, any>} */ ({}) };
  places.set(id, place);
  return place;
}

/** @param {{root: HTMLElement, values: Record<string, any>}} place @param {Record<string, any>} values */
function put(place, values) {
  Object.assign(place.values, values);
  const { root } = place;
  for (const [name, value] of Object.entries(values)) {
    const el = root.querySelector(`[data-text="${name}"]`);
    if (el) el.textContent = name === "who" ? String(value || root.dataset.id) : value === 0 ? "" : String(value);
  }
  root.dataset.state = place.values.state;
  root.dataset.zone = place.values.zone_name;
  root.dataset.fresh = String(place.values.fresh);
  /** @type {HTMLProgressElement} */ (root.querySelector("progress")).value = place.values.progress ?? 0;
}

/** Rows and columns whose tiles are nearest to 4:3. */
function arrange() {
  const n = Math.max(1, places.size);
  const ratio = wall.clientWidth / Math.max(1, wall.clientHeight);
  let best = 1;
  let least = Infinity;
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    const miss = Math.abs(Math.log((ratio * rows) / columns / 1.35)) + ((columns * rows - n) / n) * 0.9;
    if (miss < least) [best, least] = [columns, miss];
  }
  const rows = Math.ceil(n / best);
  wall.style.setProperty("--columns", String(best));
  wall.style.setProperty("--rows", String(rows));
  wall.style.setProperty("--unit", `${Math.min(wall.clientWidth / best / 15, wall.clientHeight / rows / 12.5, 30)}px`);
  wall.dataset.count = String(places.size);
}

/** @param {any} frame */
function show(frame) {
  let changed = false;
  for (const [id, values] of Object.entries(frame.tiles)) {
    changed ||= !places.has(id);
    put(places.get(id) ?? add(id), values);
  }
  const gone = frame.whole ? [...places.keys()].filter((id) => !(id in frame.tiles)) : frame.gone ?? [];
  for (const id of gone) {
    places.get(id)?.root.remove();
    changed = places.delete(id) || changed;
  }
  floor = { ...floor, ...frame.floor };
  for (const el of document.querySelectorAll("[data-floor]")) {
    el.textContent = String(floor[/** @type {HTMLElement} */ (el).dataset.floor ?? ""]);
  }
  connection(floor.bus ? "live" : "broker");
  if (changed) arrange();
}

function connection(/** @type {string} */ state) {
  body.dataset.conn = state;
  /** @type {Element} */ (document.querySelector("[data-conn-word]")).textContent = words[state];
}

function silence(/** @type {number} */ ms) {
  if (ms <= OLD_AFTER_MS) return;
  connection("silent");
  for (const { root } of places.values()) root.dataset.fresh = "false";
}

for (const el of wall.querySelectorAll("[data-id]")) {
  const root = /** @type {HTMLElement} */ (el);
  keep(root.dataset.id ?? "", root);
}
const tick = () => (clock.textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false }));
tick();
setInterval(tick, 1000);
addEventListener("resize", arrange);
arrange();
follow("/live/board", { build: body.dataset.build ?? "", frame: show, silence });
