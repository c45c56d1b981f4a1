"use strict";

// Lets the slider of a page of the past move it without a reload. Without this script its button does the same.

const PAUSE_MS = 120;

let waiting = 0;
let asked = 0;

function exchange(html, slider) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("picture");
  const picture = document.getElementById("picture");
  const news = new Map([...fresh.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  for (const part of picture.querySelectorAll("[data-part]")) {
    const found = news.get(part.dataset.part);
    if (!found) continue;
    const open = new Set([...part.querySelectorAll("details[open][id]")].map((each) => each.id));
    part.replaceChildren(...found.childNodes);
    for (const details of part.querySelectorAll("details[id]")) details.open ||= open.has(details.id);
  }
  picture.dataset.at = fresh.dataset.at;
  slider.setAttribute("aria-valuetext", fresh.querySelector("#moment").getAttribute("aria-valuetext"));
  document.querySelector(".travel input[type=time]").value = fresh.querySelector(".travel input[type=time]").value;
}

async function go(slider) {
  const number = ++asked;
  const query = new URLSearchParams(new FormData(slider.form));
  const answer = await fetch(`${document.getElementById("picture").dataset.source}?${query}`);
  const html = await answer.text();
  if (number !== asked) return;
  if (!answer.ok) {
    location.search = query;
    return;
  }
  exchange(html, slider);
  history.replaceState(null, "", new URL(answer.url).search);
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "moment") return;
  clearTimeout(waiting);
  waiting = setTimeout(() => go(event.target), PAUSE_MS);
});
