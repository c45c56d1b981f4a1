"use strict";

// Fetches the page's parts about once a second and exchanges those that changed. Whatever fails here, the style sheet
// calls the page stale by itself: only a new picture keeps it from doing so.

const EVERY_MS = 1000;
const PATIENCE_MS = 4000;
const STALE_MS = 5000;

const source = document.getElementById("picture").dataset.source;

let etag = "";
let moved = performance.now();
let shown = new Map();

function parts(root) {
  return new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
}

function heir(part, was) {
  if (was.id) return document.getElementById(was.id);
  const isSame = (each) => each.getAttribute("href") === was.getAttribute("href") && each.textContent === was.textContent;
  return [...part.querySelectorAll(was.localName)].find(isSame);
}

function exchange(old, fresh) {
  const open = new Map([...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const scrolled = [...old.querySelectorAll(".scroll[id]")].map((each) => [each.id, each.scrollLeft, each.scrollTop]);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceChildren(...fresh.childNodes);
  for (const details of old.querySelectorAll("details[id]")) details.open = open.get(details.id) ?? details.open;
  for (const [id, left, top] of scrolled) document.getElementById(id)?.scrollTo(left, top);
  if (focused) heir(old, focused)?.focus({ preventScroll: true });
}

function take(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("picture");
  const picture = document.getElementById("picture");
  const texts = new Map();
  const old = parts(picture);
  for (const [name, part] of parts(fresh)) {
    texts.set(name, part.innerHTML);
    if (old.has(name) && shown.get(name) !== part.innerHTML) exchange(old.get(name), part);
  }
  shown = texts;
  picture.dataset.stale = fresh.dataset.stale;
  if (picture.dataset.at !== fresh.dataset.at) {
    picture.dataset.at = fresh.dataset.at;
    picture.dataset.beat = picture.dataset.beat === "0" ? "1" : "0";
    moved = performance.now();
  }
}

async function refresh() {
  try {
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await fetch(source, { cache: "no-store", headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") ?? "";
      take(await answer.text());
    }
  } catch {
    // no answer: the picture grows old, and the page says so
  }
  tell();
  setTimeout(refresh, EVERY_MS);
}

function tell() {
  const old = performance.now() - moved;
  const stale = old > STALE_MS || document.getElementById("picture").dataset.stale === "true";
  const seconds = Math.round(old / 1000);
  document.documentElement.classList.toggle("is-stale", stale);
  document.getElementById("age").textContent = seconds === 0 ? "picture of this second" : `picture ${seconds} s old`;
  const words = stale ? "STALE: the page does not show the present." : "The page is live.";
  const announcement = document.getElementById("announcement");
  if (announcement.textContent !== words) announcement.textContent = words;
}

shown = new Map([...parts(document).entries()].map(([name, part]) => [name, part.innerHTML]));
refresh();
setInterval(tell, EVERY_MS);
