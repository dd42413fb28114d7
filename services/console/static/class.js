// @ts-check
/** The class page: follows the floor's feed; what staff press goes out once, for the class that they see. */

import { ask } from "./commands.js";
import { follow } from "./live.js";

const OLD_AFTER_MS = 3_000;
const SAID_MS = 8_000;
const page = /** @type {HTMLElement} */ (document.querySelector("[data-class]"));
const words = JSON.parse(document.body.dataset.words ?? "{}");
const led = /** @type {HTMLElement} */ (page.querySelector("[data-led]"));
const opening = /** @type {HTMLFormElement} */ (page.querySelector("[data-open]"));
const lanes = /** @type {HTMLElement} */ (page.querySelector("[data-lanes]"));
const blank = /** @type {HTMLTemplateElement} */ (document.getElementById("lane"));
const said = /** @type {HTMLElement} */ (page.querySelector("[data-said]"));
const connection = /** @type {HTMLElement} */ (page.querySelector("[data-conn-word]"));
/** @type {Record<string, [string, string][]>} */
const programmes = JSON.parse(page.dataset.programmes ?? "{}");
/** @type {Record<string, any>} */
let floor = {};
let sending = false;
let timer = 0;

/** @param {string} text @param {string} kind */
function say(text, kind = "info") {
  said.textContent = text;
  said.dataset.kind = kind;
  clearTimeout(timer);
  if (kind !== "alarm") timer = setTimeout(() => (said.textContent = ""), SAID_MS);
}

/** @param {any} each */
function lane(each) {
  const known = lanes.querySelector(`[data-lane="${each.id}"]`);
  const line = /** @type {HTMLElement} */ (known ?? /** @type {Element} */ (blank.content.firstElementChild).cloneNode(true));
  line.dataset.lane = each.id;
  line.dataset.phase = each.phase;
  for (const el of line.querySelectorAll("[data-text]")) {
    const text = String(each[/** @type {HTMLElement} */ (el).dataset.text ?? ""]);
    if (el.textContent !== text) el.textContent = text;
  }
  return line;
}

function show() {
  for (const el of page.querySelectorAll("[data-floor]")) {
    el.textContent = String(floor[/** @type {HTMLElement} */ (el).dataset.floor ?? ""]);
  }
  page.dataset.classId = floor.class_id;
  led.hidden = !floor.class_id;
  opening.hidden = Boolean(floor.class_id);
  lanes.replaceChildren(...floor.class_lanes.map(lane));
  connection.textContent = floor.bus ? words.live : words.broker;
  may(floor.bus ? floor.class_can : []);
}

/** @param {string[]} can */
function may(can) {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (page.querySelectorAll("[data-verb]"))) {
    button.disabled = sending || !can.includes(button.dataset.verb ?? "");
  }
  /** @type {HTMLButtonElement} */ (opening.querySelector("button")).disabled = sending || !can.includes("open");
}

/** @param {string} verb @param {object} body */
async function send(verb, body) {
  sending = true;
  may([]);
  say(words.sending);
  const answer = await ask(`/api/class/${verb}`, body);
  sending = false;
  say(answer.text, answer.ok ? "info" : "alarm");
  if (floor.class_can) may(floor.class_can);
}

/** The programmes of the chosen goal and level. */
function offer() {
  const chosen = new FormData(opening);
  const select = /** @type {HTMLSelectElement} */ (opening.querySelector("[name=programme]"));
  const fitting = programmes[`${chosen.get("goal")}/${chosen.get("level")}`] ?? [];
  select.replaceChildren(...fitting.map(([id, name]) => new Option(name, id)));
}

opening.addEventListener("change", (event) => {
  if (/^(goal|level)$/.test(/** @type {HTMLInputElement} */ (event.target).name)) offer();
});
opening.addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = new FormData(opening);
  send("open", { goal: chosen.get("goal"), level: chosen.get("level"), programme: chosen.get("programme") });
});
page.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-verb]"));
  if (button) send(button.dataset.verb ?? "", { class_id: page.dataset.classId });
});

offer();
follow("/live/floor", {
  build: document.body.dataset.build ?? "",
  frame: (frame) => {
    floor = { ...floor, ...frame.floor };
    show();
  },
  silence: (ms, _open, refused) => {
    if (ms <= OLD_AFTER_MS) return;
    connection.textContent = words[refused || "silent"];
    for (const el of page.querySelectorAll("[data-floor=class_clock], [data-floor=class_left]")) el.textContent = "";
    may([]);
  },
});
