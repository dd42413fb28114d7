// @ts-check
/** The member's page: shows one session, says its cues, and takes Slower, Stop and the answers at its end. */

import { follow } from "./live.js";
import { Speech } from "./speech.js";
import { keepAwake } from "./wake_lock.js";

const OLD_AFTER_MS = 3_000;
const STOP_MAX_MS = 3_500;
const ASK_MAX_MS = 5_000;
const SAID_MS = 6_000;
const END_STORED_MS = 2_000;
const AFTER_END_MS = 301_000;
const WARN_EVERY_MS = 10_000;

const body = document.body;
const words = JSON.parse(body.dataset.words ?? "{}");
const language = body.lang || "en";
const base = `/m/${body.dataset.token}`;
const speech = new Speech(language);
const number = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** @type {Record<string, any>} */
let now = {};
let said = "";
let silent = false;
let asked = false;
let putOff = false;
let undelivered = false;
let sent = false;
let warned = "";
let whySaid = "";
/** The screen behind a treadmill: it shows each session, and what one was soon ends. */
const rear = body.dataset.rear !== undefined;
let leaving = 0;

/** @param {string} name @returns {HTMLElement} */
const at = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-${name}]`));
const banner = at("banner");
const rpe = /** @type {HTMLDialogElement} */ (at("rpe"));
const again = /** @type {HTMLButtonElement} */ (at("ask-again"));
const slower = /** @type {HTMLButtonElement} */ (at("slower"));

/** @param {string} name @param {string} text */
function put(name, text) {
  const el = at(name);
  if (el.textContent !== text) el.textContent = text;
}

/** @param {string} text @param {Record<string, any>} values */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** @param {number} s */
const clock = (s) => `${Math.floor(Math.max(0, s) / 60)}:${String(Math.round(Math.max(0, s)) % 60).padStart(2, "0")}`;

/** @param {any} step */
function describe(step) {
  if (!step) return words.finish;
  const kind = words[step.kind] ?? step.kind;
  const facing = step.facing ? ` ${words[step.facing]}` : "";
  if (step.until === "staff") return `${kind}, ${words.until_staff}`;
  if (step.until === "hr_below") return `${kind}, ${words.until_hr}`;
  const v = number.format(step.speed_kmh ?? 0);
  const how = step.distance_m ? fill(words.for_m, { m: step.distance_m, v }) : fill(words.for_s, { time: clock(step.time_s ?? 0), v });
  return `${kind}${facing}, ${how}`;
}

function draw() {
  body.dataset.state = now.state;
  body.dataset.zone = now.zone_name;
  body.dataset.over = String(now.over);
  body.dataset.may_move = String(now.may_move);
  body.dataset.fresh = String(now.fresh && !silent);
  const still = now.waits_for ? fill(words[now.waits_for] ?? "", { s: now.starts_in_s ?? "" }) : "";
  put("state-word", still || (words[now.state] ?? now.state));
  put("speed", now.speed_kmh === null || silent ? "–" : number.format(now.speed_kmh));
  put("target", now.phase === "running" ? fill(words.target, { v: number.format(now.target_kmh) }) : "");
  put("limit", now.limit_kmh ? fill(words.limit, { v: number.format(now.limit_kmh) }) : "");
  put("grade", now.grade_pct ? fill(words.grade, { v: number.format(now.grade_pct) }) : "");
  put("way", now.belt_reversed ? words.reversed : "");
  put("programme", now.programme[language] ?? now.programme.en);
  drawHeart();
  drawProgramme();
  slower.disabled = !now.can_slower;
  drawEnd();
  warn(now.warning?.[language] ?? now.warning?.en ?? "");
  drawQuestion();
  if (undelivered && now.fresh && !now.may_move && !silent) {
    undelivered = false;
    shout("");
    tell("said", sent ? words.sent_still : words.not_delivered_still);
  }
  drawCue();
  keepAwake(now.phase !== "ended");
}

/** @param {Record<string, string> | undefined} told */
const mine = (told) => told?.[language] ?? told?.en ?? "";

/** What was just said, else what holds until the next word; a countdown fills the page. */
function drawCue() {
  const counting = now.waits_for === "countdown" && now.starts_in_s !== null && !silent;
  body.dataset.counting = String(counting);
  put("count", counting ? String(now.starts_in_s) : "");
  const text = mine(now.cue);
  put("cue", warned ? "" : text || mine(now.standing));
  if (now.cue_id && now.cue_id !== said) {
    said = now.cue_id;
    if (!warned) speech.say(text, now.cue_tone);
  }
  const why = now.phase === "running" ? "" : mine(now.why);
  if (why !== whySaid && !warned) speech.add(why);
  whySaid = why;
}

/** Asked once; put off it waits behind a button, and what is asked the next time is a new question. */
function drawQuestion() {
  if (!now.asks_rpe) putOff = false;
  const open = now.asks_rpe && !putOff && !warned;
  if (open && !rpe.open) rpe.show();
  if (!open && rpe.open) rpe.close();
  again.hidden = !now.asks_rpe || open || warned !== "";
}

function later() {
  putOff = true;
  drawQuestion();
}

/** The belt may go on although it should not: nothing else is said, again and again, until it is over. @param {string} text */
function warn(text) {
  const place = at("warning");
  if (place.textContent !== text) place.textContent = text;
  place.hidden = text === "";
  if (text === warned) return;
  warned = text;
  clearInterval(Number(place.dataset.timer));
  if (!text) return;
  speech.say(text, "warning");
  place.dataset.timer = String(setInterval(() => speech.say(text, "warning"), WARN_EVERY_MS));
}

function drawHeart() {
  const known = now.hr_bpm !== null && !silent;
  put("hr", known ? String(now.hr_bpm) : "–");
  at("arc").setAttribute("stroke-dasharray", `${known ? now.hr_arc : 0} 100`);
  const ceiling = at("ceiling");
  ceiling.setAttribute("transform", `rotate(${now.ceiling_arc * 3.6} 60 60)`);
  ceiling.setAttribute("visibility", now.ceiling_arc ? "visible" : "hidden");
  const old = now.hr_age_s === null ? words.no_hr : `${words.no_hr}, ${fill(words.hr_old, { s: now.hr_age_s })}`;
  put("zone-number", known && now.zone ? String(now.zone) : "");
  put("zone-word", known ? (now.over ? words.over : now.hr_arc ? words.zone[now.zone] : "") : old);
  put("ceiling-word", now.ceiling_bpm ? fill(words.ceiling, { v: now.ceiling_bpm }) : "");
}

function drawProgramme() {
  const set = now.now?.sets ? ` · ${fill(words.set, { k: now.now.set_number, n: now.now.sets })}` : "";
  const kind = words[now.step_kind] ?? "";
  put("step", now.steps ? `${fill(words.step, { k: now.step, n: now.steps })} · ${kind}${set}` : "");
  put("left", now.step_left_s === null ? "" : fill(words.left, { time: clock(now.step_left_s) }));
  /** @type {HTMLProgressElement} */ (at("progress")).value = now.progress;
  put("next", now.phase === "ended" ? "" : fill(words.next, { what: describe(now.next) }));
}

function drawEnd() {
  const ended = now.phase === "ended";
  at("ended").hidden = !ended;
  if (!ended) return;
  if (rear) leaving ||= window.setTimeout(() => location.reload(), AFTER_END_MS);
  put("ended-word", words[now.outcome === "stopped" ? "stopped_end" : now.outcome] ?? "");
  put("why", now.why[language] ?? now.why.en);
  put("distance", `${now.distance_m} m`);
  if (!asked) tellProgress();
}

/** How the weeks went, once: it can only be told when the session's end is stored. */
async function tellProgress() {
  asked = true;
  await new Promise((resolve) => setTimeout(resolve, END_STORED_MS));
  try {
    const answer = await fetch(`${base}/progress?lang=${language}`, { signal: AbortSignal.timeout(8_000) });
    if (answer.ok) put("own", (await answer.json()).text);
  } catch {
    // It is said again when the page is opened anew.
  }
}

/** @param {string} path @param {object} content @param {number} limitMs */
async function post(path, content, limitMs) {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  try {
    const answer = await fetch(base + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ id, ...content }),
      signal: AbortSignal.timeout(limitMs),
      keepalive: true,
    });
    return await answer.json();
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} text @param {boolean} alarm */
function tell(name, text, alarm = false) {
  const place = at(name);
  place.textContent = text;
  place.dataset.kind = alarm ? "alarm" : "info";
  clearTimeout(Number(place.dataset.timer));
  if (!alarm) place.dataset.timer = String(setTimeout(() => (place.textContent = ""), SAID_MS));
}

at("stop").addEventListener("click", async () => {
  tell("said", words.sending);
  const answer = await post(`/stop?treadmill=${body.dataset.treadmill}`, {}, STOP_MAX_MS);
  const ok = answer?.ok === true && answer.alarm === false;
  const text = ok ? words.stop_sent : answer?.ok ? answer.text : words.not_delivered;
  tell("said", text, !ok);
  undelivered = !ok;
  sent = answer?.ok === true;
  shout(ok ? "" : text);
  draw();
});

slower.addEventListener("click", async () => {
  tell("said", words.sending);
  const answer = await post("/slower", {}, ASK_MAX_MS);
  tell("said", answer?.ok ? words.slower_sent : (answer?.text ?? words.no_answer), !answer?.ok);
});

rpe.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest("button");
  if (!button) return;
  if (button.dataset.later !== undefined) return later();
  const answer = await post("/answer", { kind: "rpe", rpe: Number(button.value) }, ASK_MAX_MS);
  tell("said", answer?.ok ? words.thanks : (answer?.text ?? words.no_answer), !answer?.ok);
  if (answer?.ok) later();
});
again.addEventListener("click", () => {
  putOff = false;
  drawQuestion();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && rpe.open) later();
});

at("feedback").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const given = new FormData(form);
  const content = { kind: "feedback", rpe: Number(given.get("rpe")), pain: Number(given.get("pain")) };
  const answer = await post("/answer", content, ASK_MAX_MS);
  if (answer?.ok) {
    for (const field of form.querySelectorAll("fieldset")) field.disabled = true;
    /** @type {HTMLElement} */ (form.querySelector("button")).hidden = true;
  }
  tell("said-feedback", answer?.ok ? words.thanks : (answer?.text ?? words.no_answer), !answer?.ok);
});

at("sound").addEventListener("click", () => {
  const on = speech.toggle();
  at("sound").setAttribute("aria-pressed", String(on));
  put("sound", on ? words.sound_on : words.sound_off);
  if (on && !speech.voice()) tell("said", words.no_voice);
  if (on) speech.say(at("cue").textContent ?? "", "info");
});

/** @param {string} text */
function shout(text) {
  banner.textContent = text;
  banner.hidden = text === "";
}

/** @param {any} frame */
function show(frame) {
  const was = silent;
  silent = false;
  if (frame.floor.session && frame.floor.session !== now.session) return location.reload();
  Object.assign(now, frame.floor);
  if (was || "bus" in frame.floor) shout(now.bus === false ? words.no_broker : "");
  draw();
}

function silence(/** @type {number} */ ms, /** @type {boolean} */ _open, /** @type {string} */ refused) {
  // Of a session that is over, on a belt that stands, nothing more has to be told.
  if (ms <= OLD_AFTER_MS || silent || (now.phase === "ended" && !now.may_move)) return;
  silent = true;
  const told = refused === "full" ? words.full_page : words.no_server;
  shout(told);
  speech.say(told, "warning");
  draw();
}

/** The treadmill has a new session: this page stops nothing any more. What it says of its own end stays. */
function over() {
  keepAwake(false);
  if (rear) return location.reload();
  body.dataset.overForGood = "";
  shout("");
  warn("");
  if (now.phase === "ended") return void (body.dataset.may_move = "false");
  body.dataset.state = "over";
  at("over-page").hidden = false;
}

now = JSON.parse(body.dataset.picture ?? "{}");
said = now.cue_id;
whySaid = now.phase === "running" ? "" : mine(now.why);
draw();
follow(`/live/member/${body.dataset.token}`, { build: body.dataset.build ?? "", frame: show, silence, over });
