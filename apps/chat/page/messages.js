// SPDX-License-Identifier: MIT
// How a message looks. What people wrote becomes text, never markup.

const groupMs = 5 * 60000;

/** An element with properties, and children or texts. */
export function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

function dayOf(time) {
    const day = date.format(time);
    if (day === date.format(Date.now())) return "Today";
    return day === date.format(Date.now() - 86400000) ? "Yesterday" : day;
}

/** The text with its addresses made into links. A bracket or full stop after one is not its own. */
export function linked(words) {
    return words.split(/(https?:\/\/[^\s<>"]+)/i).flatMap((part, index) => {
        if (index % 2 === 0) return [part];
        let end = part.length;
        while (/[.,:;!?'*_\])}]/.test(part[end - 1])) {
            const inner = part.slice(0, end);
            if (inner.endsWith(")") && inner.split("(").length >= inner.split(")").length) break;
            --end;
        }
        const href = part.slice(0, end);
        if (!URL.canParse(href)) return [part];
        const link = make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" },
            href);
        return [link, part.slice(end)];
    });
}

export function hue(person) {
    let sum = 0;
    for (const each of person) sum = (sum * 31 + each.codePointAt(0)) >>> 0;
    return `hue-${sum % 8}`;
}

export function face(name) {
    const element = make("span", { className: "face" }, [...name][0].toUpperCase());
    element.ariaHidden = "true";
    return element;
}

/** The elements of a message; the day goes before it if the one before is of another day. */
export function render(message, before, me) {
    const isSameDay = before && dayOf(before.time) === dayOf(message.time);
    const follows = isSameDay && before.person === message.person && before.name === message.name
        && message.time - before.time < groupMs;
    const isOwn = message.person === me;
    const when = new Date(message.time);
    const time = make("time", { dateTime: when.toISOString(), title: when.toLocaleString() },
        clockTime.format(when));
    const item = make("li", { id: `m${message.id}` });
    item.className = `message ${hue(message.person)}${isOwn ? " own" : ""}`
        + (follows ? " follows" : "");
    if (!isOwn && !follows) item.append(face(message.name));
    const author = make("bdi", {}, isOwn ? "You" : message.name);
    author.className = isOwn || follows ? "unseen" : "name";
    item.append(author, make("div", { className: "bubble" },
        make("span", { className: "text", dir: "auto" }, ...linked(message.text)), " ", time));
    return isSameDay ? [item] : [make("li", { className: "day" }, dayOf(message.time)), item];
}
