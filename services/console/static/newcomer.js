// @ts-check
/** A new member, taken in while the treadmill waits; saved, they are chosen in the start panel. */

import { ask, say } from "./commands.js";
import { isOpen, show } from "./panels.js";
import { open as openStart } from "./start.js";

const ADULT_YEARS = 18;
const panel = /** @type {HTMLFormElement} */ (document.getElementById("newcomer"));
const words = JSON.parse(document.body.dataset.words ?? "{}");
const answerPlace = /** @type {HTMLElement} */ (panel.querySelector("[data-answer]"));
const nothing = field("nothing");
const illnesses = /** @type {NodeListOf<HTMLInputElement>} */ (panel.querySelectorAll("[name=contraindications]"));

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement} */ (panel.elements.namedItem(name));
}

/** @param {HTMLElement} tile */
export function open(tile) {
  show(panel, tile, "newcomer");
  panel.reset();
  answerPlace.textContent = "";
  draw();
  field("name").focus();
}

/** What is asked follows from what was answered. */
function draw() {
  const ill = [...illnesses].some((each) => each.checked);
  nothing.setCustomValidity(ill || nothing.checked ? "" : words.health_first);
  const fell = new FormData(panel).get("fall") === "yes";
  const [adult, clinician] = ["adult", "clinician"].map((name) => /** @type {HTMLElement} */ (panel.querySelector(`[data-${name}]`)));
  adult.hidden = new Date().getFullYear() - Number(field("birth_year").value) !== ADULT_YEARS;
  clinician.hidden = !ill && !fell;
}

async function save() {
  const tile = /** @type {HTMLElement} */ (panel.closest(".tile"));
  const given = new FormData(panel);
  const number = (/** @type {string} */ name) => (given.get(name) ? { [name]: Number(given.get(name)) } : {});
  const button = /** @type {HTMLButtonElement} */ (panel.querySelector("button.go"));
  button.disabled = true;
  say(answerPlace, words.sending);
  const answer = await ask("/api/members", {
    name: given.get("name"),
    alias: given.get("alias"),
    birth_year: Number(given.get("birth_year")),
    adult: given.has("adult"),
    beta_blocker: given.has("beta_blocker"),
    fall_12_months: given.get("fall") === "yes",
    contraindications: given.getAll("contraindications"),
    clinician_ok_by: given.get("clinician_ok_by"),
    consents: given.getAll("consents"),
    ...number("hr_max_bpm"),
    ...number("backward_walk_s"),
  });
  button.disabled = false;
  if (!isOpen(panel, tile)) return;
  if (!answer.ok) {
    say(answerPlace, answer.text, "alarm");
    return answerPlace.scrollIntoView({ block: "nearest" });
  }
  openStart(tile, answer.member);
  say(tile.querySelector("[data-said]"), answer.text);
}

panel.addEventListener("change", (event) => {
  const changed = /** @type {HTMLInputElement} */ (event.target);
  if (changed === nothing && nothing.checked) for (const each of illnesses) each.checked = false;
  if (changed.name === "contraindications" && changed.checked) nothing.checked = false;
  draw();
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
