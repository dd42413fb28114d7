// @ts-check
/** The class board: as many tiles as people train, as large as the screen allows, never scrolled. */

import { follow } from "./live.js";

const OLD_AFTER_MS = 3_000;
const LONG = 11;
/** What a tile needs, in the size of its writing. */
const TILE_EM = [16.5, 11.5];
const body = document.body;
const words = JSON.parse(body.dataset.words ?? "{}");
const wall = /** @type {HTMLElement} */ (document.querySelector("[data-wall]"));
const led = /** @type {HTMLElement} */ (document.querySelector("[data-led]"));
const blank = /** @type {HTMLTemplateElement} */ (document.getElementById("place"));
const clocks = document.querySelectorAll("[data-clock]");
/** @type {Map<string, {root: HTMLElement, values: Record<string, any>}>} */
const places = new Map();
/** @type {Record<string, any>} */
let floor = {};

/** @param {string} id */
function add(id) {
  const root = /** @type {HTMLElement} */ (/** @type {Element} */ (blank.content.firstElementChild).cloneNode(true));
  root.dataset.id = id;
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
    if (el && name !== "who") el.textContent = value === 0 ? "" : String(value);
  }
  /** @type {Element} */ (root.querySelector("[data-text=who]")).textContent = String(place.values.who || place.values.name);
  root.dataset.long = String(String(place.values.who || place.values.name).length > LONG);
  root.dataset.unit = place.values.big_unit === "km/h" ? "speed" : "heart";
  root.dataset.state = place.values.state;
  root.dataset.zone = place.values.zone_name;
  root.dataset.fresh = String(place.values.fresh);
  /** @type {HTMLProgressElement} */ (root.querySelector("progress")).value = place.values.progress ?? 0;
}

/** Rows and columns with the largest tiles; the wall is full in each row. */
function arrange() {
  const n = Math.max(1, places.size);
  let [best, most] = [1, 0];
  for (let columns = 1; columns <= n; columns++) {
    const size = Math.min(wall.clientWidth / columns / TILE_EM[0], wall.clientHeight / Math.ceil(n / columns) / TILE_EM[1]);
    if (size > most) [best, most] = [columns, size];
  }
  const rows = Math.ceil(n / best);
  const columns = Math.ceil(n / rows);
  const full = n - rows * (columns - 1);
  wall.style.setProperty("--columns", String(columns * Math.max(1, columns - 1)));
  wall.style.setProperty("--rows", String(rows));
  [...wall.children].forEach((each, k) => {
    const wide = k >= full * columns;
    /** @type {HTMLElement} */ (each).style.gridColumn = `span ${wide ? columns : Math.max(1, columns - 1)}`;
  });
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
  if (led.hidden === Boolean(floor.class)) {
    led.hidden = !floor.class;
    changed = true; // the wall has another height
  }
  connection(floor.bus ? "live" : "broker");
  if (changed) arrange();
}

function connection(/** @type {string} */ state) {
  body.dataset.conn = state;
  /** @type {Element} */ (document.querySelector("[data-conn-word]")).textContent = words[state];
}

function silence(/** @type {number} */ ms, /** @type {boolean} */ _open, /** @type {string} */ refused) {
  if (ms <= OLD_AFTER_MS) return;
  connection(refused || "silent");
  for (const { root } of places.values()) root.dataset.fresh = "false";
}

for (const el of wall.querySelectorAll("[data-id]")) {
  const root = /** @type {HTMLElement} */ (el);
  keep(root.dataset.id ?? "", root);
}
function tick() {
  const text = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
  for (const clock of clocks) clock.textContent = text;
}
tick();
setInterval(tick, 1000);
addEventListener("resize", arrange);
arrange();
follow("/live/board", { build: body.dataset.build ?? "", frame: show, silence });
