// @ts-check
/// <reference lib="webworker" />
/** What a member's page shows without a connection: that there is none; and, only if the member turned that on, what
 * was kept on this phone. The hub says with each answer what holds (`Backstride-Kept`): `copy` it, leave what is there
 * (`stay`), or `wipe` it. HOME, STATIC and BEFORE are written before this by the hub. */

const OFFLINE = `/me/${HOME}/offline`;
const KEPT = `kept-${HOME}`;
const SHELL = `shell-${HOME}-${STATIC}`;
const FILE = /\.\w+$/;
const KEPT_MAX = 40;
const KEPT_MS = 30 * 24 * 3_600_000;
const AHEAD_MS = 3_600_000;

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll([OFFLINE, ...BEFORE]))));
worker.addEventListener("activate", (event) => event.waitUntil(old()));
worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && !FILE.test(url.pathname)) event.respondWith(page(event.request, url));
  else if (url.pathname.startsWith(STATIC)) event.respondWith(still(event.request));
});

/** What earlier builds kept for this page. */
async function old() {
  const names = (await caches.keys()).filter((name) => name.startsWith(`shell-${HOME}-`) && name !== SHELL);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** @param {Request} request @param {URL} url */
async function page(request, url) {
  try {
    const answer = await fetch(request);
    await heed(answer, request, url);
    return answer;
  } catch {
    return (request.method === "GET" && (await kept(url.pathname))) || offline();
  }
}

/** @param {Response} answer @param {Request} request @param {URL} url */
async function heed(answer, request, url) {
  const word = answer.headers.get("Backstride-Kept");
  if (word === "wipe") await caches.delete(KEPT);
  if (word === "copy" && request.method === "GET" && url.search === "") {
    const all = await caches.open(KEPT);
    await all.delete(url.pathname);
    await all.put(url.pathname, answer.clone());
    const most = (await all.keys()).slice(0, -KEPT_MAX);
    await Promise.all(most.map((one) => all.delete(one)));
  }
  if (url.searchParams.has("lang")) await (await caches.open(SHELL)).add(OFFLINE);
}

/** A copy, marked as one; what is too old, or made by a clock that was set back since, is nobody's any more. @param {string} path */
async function kept(path) {
  const found = await (await caches.open(KEPT)).match(path);
  if (!found) return null;
  const age = Date.now() - Date.parse(found.headers.get("Date") ?? "");
  if (!(age > -AHEAD_MS && age < KEPT_MS)) {
    await caches.delete(KEPT);
    return null;
  }
  const marked = (await found.text()).replace('<body class="past home"', '<body class="past home kept"');
  const headers = new Headers(found.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(marked, { headers });
}

async function offline() {
  return (await (await caches.open(SHELL)).match(OFFLINE)) ?? Response.error();
}

/** Addresses of files carry their build: what is there is right. @param {Request} request */
async function still(request) {
  const shell = await caches.open(SHELL);
  const there = await shell.match(request);
  if (there) return there;
  const answer = await fetch(request);
  if (answer.ok) await shell.put(request, answer.clone());
  return answer;
}
