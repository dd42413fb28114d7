// @ts-check
/** The floor page: puts frames into the tiles, text node by text node, and greys what is old. */

import "./commands.js";
import { told } from "./panels.js";
import { follow } from "./live.js";

const OLD_AFTER_MS = 3_000;

const body = document.body;
const words = JSON.parse(body.dataset.words ?? "{}");
const floor = /** @type {HTMLElement} */ (document.querySelector("[data-floor-tiles]"));
const blank = /** @type {HTMLTemplateElement} */ (document.getElementById("tile"));
const blankIncident = /** @type {HTMLTemplateElement} */ (document.getElementById("incident"));
const connectionBanner = /** @type {HTMLElement} */ (document.querySelector("[data-banner=connection]"));
const ON_TILE = new Set(["state", "fresh", "zone", "over", "may_move", "in_danger", "latch", "place"]);
const SAID = new Event("told");

/** @typedef {{root: HTMLElement, bindings: Map<string, ((value: any) => void)[]>, values: Record<string, any>}} Tile */
/** @type {Map<string, Tile>} */
const tiles = new Map();
/** @type {Record<string, any>} */
let floorValues = {};
let silent = false;
/** Which tiles stand before the others. */
let firsts = "/";
/** Fetched with the first danger. @type {Promise<{watch: (treadmills: Map<string, string>) => void}> | null} */
let siren = null;

/** Read once from the HTML which places show which value. @param {HTMLElement} root @returns {Tile} */
function bind(root) {
  /** @type {Map<string, ((value: any) => void)[]>} */
  const bindings = new Map();
  const on = (/** @type {string} */ name, /** @type {(value: any) => void} */ put) =>
    bindings.set(name, [...(bindings.get(name) ?? []), put]);
  for (const name of ON_TILE) on(name, (value) => (root.dataset[name] = String(value)));
  on("name", (value) => rename(root, value));
  for (const el of root.querySelectorAll("[data-text]")) {
    const name = el.getAttribute("data-text") ?? "";
    on(name, (value) => putText(el, name === "age_s" ? ago(value) : value));
  }
  for (const el of root.querySelectorAll("[data-set]")) {
    const [attribute, name] = (el.getAttribute("data-set") ?? "").split(":");
    on(name, (value) => el.setAttribute(attribute, attribute === "href" ? `#i-${value}` : String(value)));
  }
  for (const el of root.querySelectorAll("[data-show]")) {
    on(el.getAttribute("data-show") ?? "", (value) => showButton(/** @type {HTMLElement} */ (el), Boolean(value)));
  }
  const values = {};
  told.set(root, values);
  return { root, bindings, values };
}

/** What its buttons are called goes with what the treadmill is called. @param {HTMLElement} root @param {string} name */
function rename(root, name) {
  const before = root.dataset.name ?? "";
  if (name === before) return;
  for (const el of root.querySelectorAll(".tile-foot [aria-label]")) {
    el.setAttribute("aria-label", (el.getAttribute("aria-label") ?? "").replace(before, name));
  }
  root.dataset.name = name;
}

function putText(/** @type {Element} */ el, /** @type {string} */ text) {
  if (el.textContent !== text) el.textContent = text;
}

function showButton(/** @type {HTMLElement} */ button, /** @type {boolean} */ shown) {
  if (button.hidden && shown) button.dataset.since = String(performance.now());
  button.hidden = !shown;
}

const ago = (/** @type {number | null} */ s) => (s === null ? "" : words.ago.replace("{s}", String(s)));

/** @param {Tile} tile @param {Record<string, any>} values */
function put(tile, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const putValue of tile.bindings.get(name) ?? []) putValue(value);
  }
  tile.root.dispatchEvent(SAID);
}

/** A treadmill the page did not know. @param {string} id */
function addTile(id) {
  const root = /** @type {HTMLElement} */ (/** @type {Element} */ (blank.content.firstElementChild).cloneNode(true));
  for (const el of [root, ...root.querySelectorAll("*")]) {
    for (const attribute of el.attributes) attribute.value = attribute.value.replace("@id", id);
  }
  const next = [...tiles.keys()].sort().find((other) => other > id);
  floor.insertBefore(root, next === undefined ? null : /** @type {Tile} */ (tiles.get(next)).root);
  const tile = bind(root);
  tiles.set(id, tile);
  return tile;
}

/** @param {any} frame */
function show(frame) {
  if (silent) {
    silent = false;
    for (const tile of tiles.values()) put(tile, tile.values);
  }
  for (const [id, values] of Object.entries(frame.tiles)) {
    const tile = tiles.get(id) ?? addTile(id);
    Object.assign(tile.values, values);
    put(tile, values);
  }
  const gone = frame.whole ? [...tiles.keys()].filter((id) => !(id in frame.tiles)) : frame.gone ?? [];
  for (const id of gone) {
    tiles.get(id)?.root.remove();
    tiles.delete(id);
  }
  showFloor(frame.floor);
  showDanger();
  document.dispatchEvent(new Event("floor-told"));
}

/** Who is in danger, and what nothing is known of, stands first, so tiles may change places: what is pressed just then is not meant. */
function showDanger() {
  const inDanger = [...tiles].filter(([, tile]) => tile.values.in_danger).map(([id]) => id);
  const grave = [...tiles].filter(([, tile]) => /^(lost|offline|silent)$/.test(tile.values.state)).map(([id]) => id);
  if (`${inDanger}/${grave}` !== firsts) document.body.dataset.since = String(performance.now());
  firsts = `${inDanger}/${grave}`;
  if (!inDanger.length && !siren) return;
  siren ??= import("./siren.js");
  const names = new Map(inDanger.map((id) => [id, tiles.get(id)?.values.name ?? id]));
  siren.then(({ watch }) => watch(names), () => (siren = null));
}

/** @param {Record<string, any>} values */
function showFloor(values) {
  floorValues = { ...floorValues, ...values };
  body.dataset.class_id = floorValues.class_id ?? "";
  body.dataset.class_goal = floorValues.class_goal ?? "";
  body.dataset.class_about = floorValues.class_about ?? "";
  for (const el of document.querySelectorAll("[data-floor]")) {
    putText(el, String(floorValues[/** @type {HTMLElement} */ (el).dataset.floor ?? ""]));
  }
  if (values.incidents) showIncidents(values.incidents);
  connection(floorValues.bus ? "live" : "broker", floorValues.bus ? "" : words.no_broker);
}

/** @param {{at_ms: number, severity: string, where: string, text: string}[]} incidents */
function showIncidents(incidents) {
  const list = /** @type {HTMLElement} */ (document.querySelector("[data-incidents]"));
  list.replaceChildren(
    ...incidents.map((incident) => {
      const row = /** @type {HTMLElement} */ (/** @type {Element} */ (blankIncident.content.firstElementChild).cloneNode(true));
      row.dataset.severity = incident.severity;
      const [time, where, text] = ["time", "b", "span"].map((tag) => /** @type {Element} */ (row.querySelector(tag)));
      time.textContent = new Date(incident.at_ms).toLocaleTimeString(document.documentElement.lang, { hour12: false });
      where.textContent = incident.where;
      text.textContent = incident.text;
      return row;
    }),
  );
}

function connection(/** @type {string} */ state, /** @type {string} */ warning) {
  body.dataset.conn = state;
  putText(/** @type {Element} */ (document.querySelector("[data-conn-word]")), words[state]);
  putText(connectionBanner, warning);
  connectionBanner.hidden = warning === "";
}

/** Nothing was heard for a while: no tile may look as if it were of now. */
function silence(/** @type {number} */ ms, /** @type {boolean} */ open, /** @type {string} */ refused) {
  if (ms <= OLD_AFTER_MS) {
    if (!open) connection("reconnecting", connectionBanner.textContent ?? "");
    return;
  }
  silent = true;
  // A server that refuses is there, and takes every stop.
  if (refused) connection(refused, refused === "full" ? words.full_page : "");
  else connection(open ? "silent" : "reconnecting", words.no_server);
  putText(/** @type {Element} */ (document.querySelector("[data-floor=moving]")), "–");
  for (const { root, values, ...tile } of tiles.values()) {
    const speed = values.speed && values.fresh ? words.last.replace("{speed}", values.speed) : values.last;
    put({ root, values, ...tile }, {
      state: "silent",
      word: words.silent,
      fresh: false,
      may_move: true,
      over: false,
      speed: "–",
      speed_bar: 0,
      hr: "–",
      hr_bar: 0,
      zone: "none",
      zone_word: "",
      grade: "–",
      note: "",
      count: "",
      can_start: false,
      can_pause: false,
      can_resume: false,
      can_end: false,
      can_clear: false,
      asks_present: false,
      asks_rpe: false,
      last: speed ?? words.never,
      age_s: (values.age_s ?? 0) + Math.floor(ms / 1000),
    });
  }
}

for (const root of floor.querySelectorAll(".tile")) {
  tiles.set(/** @type {HTMLElement} */ (root).dataset.treadmill ?? "", bind(/** @type {HTMLElement} */ (root)));
}
follow("/live/floor", { build: body.dataset.build ?? "", frame: show, silence });
