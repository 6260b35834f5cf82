// SPDX-License-Identifier: MIT
// Searching, the light, and the menu on a phone. Nothing is asked of any other host.
"use strict";

const root = document.body.dataset.root;
const field = document.getElementById("search");
const found = document.getElementById("found");
const foundMax = 12;

/** How well an entry fits all words; 0: it does not. Headings count most, beginnings more. */
function score(entry, words) {
    let sum = 0;
    for (const word of words) {
        const heading = entry.heading.toLowerCase().indexOf(word);
        const text = entry.text.toLowerCase().indexOf(word);
        if (heading < 0 && text < 0) return 0;
        sum += heading === 0 ? 20 : heading > 0 ? 10 : 1;
    }
    if (entry.heading.toLowerCase() === words.join(" ")) sum += 30;
    return sum;
}

/** The words around the first hit. */
function excerpt(entry, words) {
    const at = entry.text.toLowerCase().indexOf(words[0]);
    const begin = Math.max(0, at - 40);
    const cut = entry.text.slice(begin, begin + 140);
    return (begin > 0 ? "…" : "") + cut + (begin + 140 < entry.text.length ? "…" : "");
}

function show(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    found.replaceChildren();
    found.hidden = words.length === 0;
    if (words.length === 0) return;
    const hits = window.patioIndex
        .map((entry) => ({ entry, score: score(entry, words) }))
        .filter((hit) => hit.score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, foundMax);
    for (const { entry } of hits) {
        const link = document.createElement("a");
        link.href = `${root}/${entry.link}`;
        link.textContent = entry.heading || entry.page;
        const more = document.createElement("small");
        more.textContent = entry.text ? `${entry.page} · ${excerpt(entry, words)}` : entry.page;
        link.append(more);
        const item = document.createElement("li");
        item.append(link);
        found.append(item);
    }
    if (hits.length === 0) found.textContent = "Nothing found.";
}

field.addEventListener("input", () => show(field.value));
field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") found.querySelector("a")?.click();
    if (event.key === "ArrowDown") found.querySelector("a")?.focus();
});
document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !isTyping) {
        event.preventDefault();
        field.focus();
    }
    if (event.key === "Escape") {
        field.value = "";
        show("");
        field.blur();
    }
    const item = event.target.closest?.("#found li");
    const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (item && next) {
        event.preventDefault();
        (item[next]?.querySelector("a") ?? field).focus();
    }
});
document.addEventListener("click", (event) => {
    if (!event.target.closest("#found, #search")) found.hidden = true;
    if (event.target.closest("#found a")) show("");
});

// --- light or dark: what the system says, until somebody chooses

function remembered() {
    try {
        return localStorage.getItem("patio-light");
    } catch {  // a page from a disk may have no memory
        return null;
    }
}

function apply(light) {
    if (light) document.documentElement.dataset.light = light;
}

apply(remembered());
document.getElementById("light").addEventListener("click", () => {
    const isDark = document.documentElement.dataset.light
        ? document.documentElement.dataset.light === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
    const light = isDark ? "light" : "dark";
    apply(light);
    try {
        localStorage.setItem("patio-light", light);
    } catch {  // then for this page only
    }
});

// --- the menu on a phone

const menu = document.getElementById("menu");
menu.addEventListener("click", () => {
    const isOpen = document.getElementById("pages").classList.toggle("is-open");
    menu.setAttribute("aria-expanded", String(isOpen));
});
