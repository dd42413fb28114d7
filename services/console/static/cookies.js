// @ts-check
/** Says before anybody types a password that this browser keeps no cookies, without which nobody can be signed in. */

const word = /** @type {HTMLElement} */ (document.querySelector("[data-no-cookies]"));
document.cookie = "backstride_kept=1; SameSite=Strict";
word.hidden = document.cookie.includes("backstride_kept=1");
document.cookie = "backstride_kept=; SameSite=Strict; Max-Age=0";
