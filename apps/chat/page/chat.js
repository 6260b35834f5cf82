// SPDX-License-Identifier: MIT
// The page: shows what the session hears, and says what the person does.
import { face, hue, linked, make, render } from "./messages.js";
import { Session, randomWord } from "./session.js";

const shownMax = 1500;
const shownLeft = 1000;
const typingMs = 5000;
const nearEnd = 60;
const title = "Patio chat";
const hasMouse = matchMedia("(pointer: fine)").matches;

const $ = (id) => document.getElementById(id);
const view = $("view");
const log = $("log");
const text = $("text");
const due = new Set();

const on = (id, event, call) => $(id).addEventListener(event, call);

/** Calls a function before the next picture, once, however often it was asked for. */
function soon(show) {
    if (!due.size) (document.hidden ? setTimeout : requestAnimationFrame)(showAll, 100);
    due.add(show);
}

function showAll() {
    const shows = [...due];
    due.clear();
    for (const show of shows) show();
}

// --- what this browser remembers

/** What a call gives, or undefined if the browser forbids it or what is kept is damaged. */
function attempt(call) {
    try {
        return call();
    } catch {
        return undefined;
    }
}

const memory = {
    get: (key, other) => attempt(() => JSON.parse(localStorage.getItem(`chat.${key}`))) ?? other,
    set: (key, value) => attempt(() => localStorage.setItem(`chat.${key}`, JSON.stringify(value))),
};

const token = memory.get("token") ?? randomWord();
memory.set("token", token);
const seen = memory.get("seen", {});  // room: the greatest id shown there

let shown = [];  // messages in the log, by id
let arrived = [];  // messages that will be there with the next picture
let hasOlder = false;
let isAsking = false;
let unread = 0;  // came while the page was hidden
let below = 0;  // came while one was reading further up
let textMax = 4000;
let people = new Map();
let peopleCount = 0;
let typists = new Map();
let rooms = [];
let state = { state: "connecting" };
let readOnlyRoom = null;  // here the person chose not to have a name

// --- messages

/** Shows a message by other elements, or by none. */
function replace(message, ...elements) {
    const item = $(`m${message.id}`);
    if (item.previousElementSibling?.className === "day") item.previousElementSibling.remove();
    item.replaceWith(...elements);
}

function append(messages) {
    for (const message of messages) {
        log.append(...render(message, shown.at(-1), session.person));
        shown.push(message);
    }
    if (shown.length > shownMax && wasAtEnd) {
        for (const each of shown.splice(0, shown.length - shownLeft)) replace(each);
        hasOlder = true;
        replace(shown[0], ...render(shown[0], null, session.person));
    }
    showBegin();
}

function prepend(messages) {
    const fromEnd = view.scrollHeight - view.scrollTop;
    const me = session.person;
    log.prepend(...messages.flatMap((each, index) => render(each, messages[index - 1], me)));
    if (messages.length) replace(shown[0], ...render(shown[0], messages.at(-1), me));
    shown = [...messages, ...shown];
    showBegin();
    view.scrollTop = view.scrollHeight - fromEnd;
}

function clear() {
    shown = [];
    arrived = [];
    log.replaceChildren();
}

function showBegin() {
    $("older").hidden = !hasOlder;
    $("begin").hidden = hasOlder || !session.isJoined;
    $("begin").textContent = shown.length ? `This is the beginning of #${session.room}.`
        : `Nobody has said anything in #${session.room} yet. Be the first.`;
}

function askOlder() {
    if (!hasOlder || isAsking || !shown.length) return;
    isAsking = session.more(shown[0].id);
}

// --- the end of the log

let wasAtEnd = true;
let scrolledTo = 0;

function isAtEnd() {
    return view.scrollHeight - view.scrollTop - view.clientHeight < nearEnd;
}

function toEnd() {
    view.scrollTop = view.scrollHeight;
    wasAtEnd = true;
    below = 0;
    $("newer").hidden = true;
    remember();
}

function remember() {
    if (document.hidden || !wasAtEnd || !session.last) return;
    seen[session.room] = session.last;
    memory.set("seen", seen);
}

function showUnread() {
    document.title = `${unread ? `(${unread}) ` : ""}#${session.room} · ${title}`;
}

on("view", "scroll", () => {
    // A keyboard that opens scrolls, too; only who goes up leaves the end.
    if (isAtEnd()) {
        if (below) toEnd();
        wasAtEnd = true;
        remember();
    } else if (view.scrollTop < scrolledTo) {
        wasAtEnd = false;
    }
    scrolledTo = view.scrollTop;
    if (view.scrollTop < 300) askOlder();
});
const sizes = new ResizeObserver(() => { if (wasAtEnd) view.scrollTop = view.scrollHeight; });
for (const each of [view, log, $("pending")]) sizes.observe(each);

// --- people and rooms

function showPeople() {
    const all = [...people].sort(([, one], [, other]) => one.localeCompare(other));
    $("people").replaceChildren(...all.map(([person, name]) => {
        const item = make("li", { className: hue(person) }, face(name), make("bdi", {}, name));
        if (person === session.person) item.append(make("small", {}, "you"));
        return item;
    }));
    if (peopleCount > people.size) {
        $("people").append(make("li", {}, `and ${peopleCount - people.size} more`));
    }
    if (!people.size) $("people").append(make("li", {}, make("small", {}, "Nobody yet")));
    $("count").textContent = peopleCount || "";
    $("here").textContent = peopleCount ? `${peopleCount} here` : "";
    $("my-name").textContent = session.name ?? "nickname";
}

function showRooms() {
    const all = rooms.some((each) => each.room === session.room) ? rooms
        : [...rooms, { room: session.room, count: peopleCount, last: 0 }];
    const isUnread = ({ room, last }) => room !== session.room && last > (seen[room] ?? last);
    $("elsewhere").hidden = !all.some(isUnread);
    const focused = document.activeElement?.hash;
    $("rooms").replaceChildren(...all.map((each) => {
        const link = make("a", { href: `#${each.room}` },
            make("span", { className: "name" }, each.room));
        if (each.room === session.room) link.ariaCurrent = "page";
        if (isUnread(each)) {
            link.className = "is-unread";
            link.append(make("span", { className: "dot" }),
                make("span", { className: "unseen" }, "unread"));
        }
        if (each.count) link.append(make("small", { title: "people here" }, each.count));
        return make("li", {}, link);
    }));
    if (focused) $("rooms").querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

function showTyping() {
    const now = Date.now();
    typists = new Map([...typists].filter(([, { until }]) => until > now));
    const names = [...typists.values()].flatMap(({ name }) => [" and ", make("bdi", {}, name)]);
    const several = typists.size > 2 ? ["Several people"] : names.slice(1);
    if (several.length) several.push(typists.size > 1 ? " are writing" : " is writing");
    $("typing").replaceChildren(...several);
}

function roomOfAddress() {
    const room = attempt(() => decodeURIComponent(location.hash.slice(1)))?.toLowerCase() ?? "";
    return /^[a-z0-9][a-z0-9-]{0,31}$/.test(room) ? room : memory.get("room", "lobby");
}

function enter() {
    const room = roomOfAddress();
    if (room === session.room) return;
    memory.set("room", room);
    history.replaceState(null, "", `#${room}`);
    clear();
    people.clear();
    typists.clear();
    peopleCount = unread = below = 0;
    hasOlder = isAsking = false;
    $("title").textContent = room;
    session.join(room, memory.get(`name.${room}`) ?? memory.get("name"));
    $("newer").hidden = true;
    showBegin();
    showPeople();
    showRooms();
    showTyping();
    showUnread();
    openSide(false);
}

// --- the session

const socketAddress = new URL("ws", location.href);
socketAddress.protocol = location.protocol === "https:" ? "wss:" : "ws:";
socketAddress.hash = "";

const session = new Session({
    address: socketAddress.href,
    token,
    memory: attempt(() => sessionStorage),
    on: {
        state(next) {
            if (next.state !== state.state) announce(next);
            state = next;
            showState();
        },

        welcome({ epoch, text_bytes_max: max }) {
            textMax = max;
            if (memory.get("epoch") === epoch) return;
            memory.set("epoch", epoch);
            for (const room of Object.keys(seen)) delete seen[room];
        },

        joined(message) {
            isAsking = false;
            people = new Map(message.people.map(({ person, name }) => [person, name]));
            peopleCount = message.count;
            if (message.reset) {
                clear();
                hasOlder = message.has_older;
                append(message.messages);
                toEnd();
            } else {
                arrived.push(...message.messages);
                soon(showArrived);
            }
            soon(showPeople);
            soon(showRooms);
            if (message.name) memory.set(`name.${session.room}`, message.name);
            else if (readOnlyRoom !== session.room) askName();
        },

        message(message) {
            typists.delete(message.person);
            arrived.push(message);
            soon(showArrived);
            soon(showTyping);
        },

        history({ before, messages, has_older: more }) {
            if (before !== shown[0]?.id) return;
            isAsking = false;
            hasOlder = more;
            prepend(messages);
            if (view.scrollHeight <= view.clientHeight) askOlder();
        },

        here({ person, name, count }) {
            people.set(person, name);
            peopleCount = count;
            if (person === session.person) named(name);
            soon(showPeople);
        },

        gone({ person, count }) {
            people.delete(person);
            typists.delete(person);
            peopleCount = count;
            soon(showPeople);
            soon(showTyping);
        },

        typing({ person, name }) {
            typists.set(person, { name, until: Date.now() + typingMs });
            soon(showTyping);
            setTimeout(showTyping, typingMs + 50);
        },

        rooms(message) {
            rooms = message.rooms;
            soon(showRooms);
        },

        pending: () => soon(showPending),

        slow({ for: asked, retry_ms: ms }) {
            const wait = `in ${Math.ceil(ms / 1000)} s`;
            if (asked === "send") note(`That was fast. The next message goes out ${wait}.`, ms);
            if (asked === "name") $("name-note").textContent = `Too many tries. Again ${wait}.`;
            if (asked === "more") setTimeout(() => { isAsking = false; }, ms);
        },

        error({ code, text: words, for: asked }) {
            if (asked === "more") isAsking = false;
            if (code.startsWith("name_")) askName(words);
            else if (asked === "join") note(words, 10000, true);
            showState();
        },
    },
});

/** Shows messages that are new to the person. */
function showArrived() {
    const others = arrived.filter((each) => each.person !== session.person);
    const { length } = others;
    if (!arrived.length) return;
    if (document.hidden && length) {
        if (!unread) {
            log.querySelector(".unread")?.remove();
            log.append(make("li", { className: "unread" }, "New"));
        }
        unread += length;
        showUnread();
    }
    append(arrived);
    arrived = [];
    if (wasAtEnd) {
        toEnd();
    } else {
        below += length;
        $("newer").hidden = !below;
        $("newer").textContent = `${below} new message${below === 1 ? "" : "s"} ↓`;
    }
    if (length) say(length === 1 ? `${others[0].name}: ${others[0].text}`
        : `${length} new messages`);
}

function showPending() {
    $("pending").replaceChildren(...session.pendingHere().map((each) => {
        const bubble = make("div", { className: "bubble" },
            make("span", { className: "text", dir: "auto" }, ...linked(each.text)));
        const item = make("li", { className: "message own follows" }, bubble);
        if (each.state === "refused") {
            item.classList.add("is-refused");
            item.append(make("p", { className: "why" }, `Not sent. ${each.reason}`,
                make("button", { onclick: () => session.retry(each.key) }, "Try again"),
                make("button", { onclick: () => session.discard(each.key) }, "Discard")));
        } else {
            const words = each.state === "stored" ? "sent" : "sending…";
            bubble.append(" ", make("small", {}, session.isJoined ? words : "waiting"));
        }
        return item;
    }));
}

// --- the state of the connection

let stateTimer;
function showState() {
    clearTimeout(stateTimer);
    const isWaiting = state.state === "waiting" && !session.isOutdated;
    $("state").hidden = state.state === "online";
    $("now").hidden = !isWaiting;
    let words = session.isOutdated ? "This page is older than the server. Please reload it."
        : "Connecting…";
    if (isWaiting) {
        const seconds = Math.max(0, Math.ceil((state.until - Date.now()) / 1000));
        words = `${navigator.onLine ? "No connection" : "Offline"}. Reconnecting in ${seconds} s.`;
        stateTimer = setTimeout(showState, 500);
    }
    $("state-text").textContent = words;
}

/** For those who hear the page: only when the connection goes or comes back. */
function announce(next) {
    if (next.state === "online" && session.attempt) say("Connected again");
    if (next.state === "waiting" && state.state === "online") say("The connection is lost");
}

function say(words) {
    $("said").textContent = words;
}

on("now", "click", () => session.wake());
for (const each of ["online", "pageshow"]) addEventListener(each, () => session.wake());
addEventListener("offline", showState);
document.addEventListener("visibilitychange", () => {
    showAll();
    if (document.hidden) return;
    session.wake();
    unread = 0;
    showUnread();
    remember();
});

// --- writing

const bytes = new TextEncoder();
let noteTimer;

function note(words, ms = 0, isWrong = false) {
    clearTimeout(noteTimer);
    $("note").textContent = words;
    $("note").classList.toggle("is-wrong", isWrong);
    if (ms) noteTimer = setTimeout(() => note(""), ms);
}

function written() {
    // What has no place in a text: control characters.
    return text.value.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, "").trim();
}

function showText() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
    const words = written();
    const left = textMax - bytes.encode(words).length;
    $("send").ariaDisabled = String(!words || left < 0);
    if (left < 0) note(`Too long: ${-left} bytes over the limit.`, 0, true);
    else if ($("note").classList.contains("is-wrong")) note("");
    memory.set("draft", words);
}

function submit() {
    const words = written();
    if (!words || bytes.encode(words).length > textMax) return;
    if (!session.name && session.isJoined) askName();
    if (!session.send(words)) {
        note("Too much is waiting to be sent already.", 5000, true);
        return;
    }
    text.value = "";
    showText();
    log.querySelector(".unread")?.remove();
    toEnd();
}

on("write", "submit", (event) => {
    event.preventDefault();
    submit();
    text.focus();
});
on("text", "input", () => {
    showText();
    if (text.value.trim()) session.typing();
});
on("text", "keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
});
on("skip", "click", (event) => {
    event.preventDefault();
    text.focus();
});
on("newer", "click", () => {
    toEnd();
    text.focus();
});
on("older", "click", askOlder);

// --- the name

function askName(words = "") {
    $("name-note").textContent = words;
    $("name-room").textContent = `#${session.room}`;
    if ($("naming").open) return;
    $("name").value = session.name ?? session.wantedName ?? "";
    $("naming").showModal();
    $("name").select();
}

function named(name) {
    memory.set("name", name);
    memory.set(`name.${session.room}`, name);
    if ($("naming").open) $("naming").close();
    readOnlyRoom = null;
}

on("me", "click", () => askName());
on("name-later", "click", () => $("naming").close());
on("naming", "close", () => {
    if (hasMouse) text.focus();
    if (!session.name) readOnlyRoom = session.room;
});
on("name-form", "submit", (event) => {
    event.preventDefault();
    const name = $("name").value.normalize("NFC").trim().replace(/\s+/g, " ");
    if (!name) return;
    if (name === session.name) $("naming").close();
    $("name-note").textContent = session.isJoined ? "" : "As soon as there is a connection.";
    session.claim(name);
});

// --- rooms beside, or in a drawer on a phone

function openSide(isOpen) {
    const wasOpen = $("menu").ariaExpanded === "true";
    $("side").classList.toggle("is-open", isOpen);
    $("menu").ariaExpanded = String(isOpen);
    $("shade").hidden = !isOpen;
    for (const each of document.querySelectorAll("header, main")) each.inert = isOpen;
    if (isOpen) $("close").focus();
    else if (wasOpen) $("menu").focus();
}

on("menu", "click", () => openSide(true));
on("close", "click", () => openSide(false));
on("shade", "click", () => openSide(false));
addEventListener("keydown", (event) => {
    if (event.key === "Escape" && $("menu").ariaExpanded === "true") openSide(false);
});
matchMedia("(min-width: 50.01rem)").addEventListener("change", () => openSide(false));
on("open", "submit", (event) => {
    event.preventDefault();
    const room = $("room").value.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
    $("room").value = "";
    if (room) location.hash = room;
});
addEventListener("hashchange", enter);

// A keyboard on a phone: where the page is not made smaller (Safari), its height is.
visualViewport?.addEventListener("resize", () => {
    if (visualViewport.scale > 1.01) return;  // somebody looks closer
    document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
    scrollTo(0, 0);
});

text.value = memory.get("draft", "");
enter();
showText();
if (hasMouse) text.focus();
