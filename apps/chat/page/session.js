// SPDX-License-Identifier: MIT
// A person's side of the protocol (PROTOCOL.md): connects, comes back, sends again, and hands on
// each message once and in order. Knows nothing of the page; the clock, the sockets and chance come
// from outside, so that a test may hold them.

const protocol = 1;
const retryMsMin = 500;
const retryMsMax = 30000;
const spreadMsMax = 60000;
const stableMs = 5000;
const quietMs = 25000;
const pongMsMax = 10000;
const typingMs = 3000;
const unavailableMs = 5000;
const pendingMax = 100;

/** A random word of 128 bits, for tokens and keys. */
export function randomWord() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode(...bytes))
        .replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

/**
 * What a page needs of the server.
 *
 * `on` has a function for each thing that happens: state, welcome, joined, message, history,
 * pending, here, gone, typing, rooms, slow, error. `memory` is a Storage that keeps what was not
 * acknowledged, so that reloading the page loses nothing.
 *
 * State: `socket` is the connection that counts, or null; what older ones say is ignored.
 * `isWelcome` and `isJoined` are true only while it is open. `last` belongs to `room` and `epoch`.
 * At most one pending message has the state "sent", and then `isJoined` is or was true.
 */
export class Session {
    constructor({ address, token, on, memory, open, clock }) {
        this.address = address;
        this.token = token;
        this.on = on;
        this.memory = memory;
        this.open = open ?? ((url) => new WebSocket(url));
        this.clock = clock ?? {
            now: () => Date.now(),
            after: (ms, call) => setTimeout(call, ms),
            forget: (timer) => clearTimeout(timer),
            random: () => Math.random(),
        };
        this.socket = null;
        this.room = null;
        this.wantedName = null;
        this.name = null;
        this.person = null;
        this.epoch = null;
        this.last = 0;
        this.isWelcome = false;
        this.isJoined = false;
        this.isOutdated = false;
        this.attempt = 0;
        this.spreadMs = 0;
        this.typedAt = -typingMs;
        this.timers = {};
        this.pending = this.remembered();
    }

    /** Goes into a room, now or as soon as there is a connection. */
    join(room, wantedName) {
        this.room = room;
        this.wantedName = wantedName;
        this.name = null;
        this.last = 0;
        this.isJoined = false;
        this.resendLater();
        if (this.socket) this.askToJoin();
        else this.connect();
    }

    /** Asks for a name; `here` or `error` will answer. */
    claim(name) {
        this.wantedName = name;
        if (this.isJoined) this.say({ type: "name", room: this.room, name });
    }

    /** Keeps a text and sends it as soon as possible. False: there is too much unsent already. */
    send(text) {
        if (this.pending.length >= pendingMax) return false;
        const time = this.clock.now();
        this.pending.push({ key: randomWord(), room: this.room, text, time, state: "waiting" });
        this.typedAt = -typingMs;
        this.changed();
        this.flush();
        return true;
    }

    /** Takes back a message that was refused, or sends it again. */
    discard(key) {
        this.pending = this.pending.filter((each) => each.key !== key);
        this.changed();
    }

    retry(key) {
        const one = this.pending.find((each) => each.key === key);
        if (one) one.state = "waiting";
        this.changed();
        this.flush();
    }

    typing() {
        const now = this.clock.now();
        if (!this.isJoined || !this.name || now - this.typedAt < typingMs) return;
        this.typedAt = now;
        this.say({ type: "typing", room: this.room });
    }

    /** Asks for older messages; false if nobody can be asked. */
    more(before) {
        if (this.isJoined) this.say({ type: "more", room: this.room, before });
        return this.isJoined;
    }

    /** The network or the person is back: what is the connection worth? */
    wake() {
        if (this.isWelcome) this.ping();
        else if (!this.socket && this.room && !this.isOutdated) this.connect();
    }

    /** What waits for the room one is in. */
    pendingHere() {
        return this.pending.filter((each) => each.room === this.room);
    }

    // --- the connection

    connect() {
        this.forget("retry");
        this.on.state({ state: "connecting" });
        const socket = this.open(this.address);
        this.socket = socket;
        socket.onopen = () => {
            if (socket !== this.socket) return;
            this.say({ type: "hello", protocol, token: this.token });
            this.askToJoin();
        };
        socket.onmessage = (event) => {
            if (socket === this.socket) this.hear(event.data);
        };
        socket.onclose = () => {
            if (socket === this.socket) this.lost();
        };
        this.after("alive", pongMsMax, () => this.giveUp());
    }

    /** The connection says nothing. Closing it may take minutes if the network is gone. */
    giveUp() {
        const { socket } = this;
        this.lost();
        socket?.close();
    }

    lost() {
        this.socket = null;
        this.isWelcome = false;
        this.isJoined = false;
        for (const name of Object.keys(this.timers)) this.forget(name);
        this.resendLater();
        if (this.isOutdated) {
            this.on.state({ state: "outdated" });
            return;
        }
        const { random, now } = this.clock;
        let ms = Math.min(retryMsMax, retryMsMin * 2 ** this.attempt) * (0.5 + random() / 2);
        if (this.spreadMs) ms = Math.max(retryMsMin / 2, random() * this.spreadMs);
        else this.attempt = Math.min(this.attempt + 1, 10);
        this.spreadMs = 0;
        this.on.state({ state: "waiting", until: now() + ms });
        this.after("retry", ms, () => this.connect());
    }

    say(message) {
        if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
    }

    askToJoin() {
        const { room, last, epoch } = this;
        const message = { type: "join", room };
        if (this.wantedName) message.name = this.wantedName;
        if (last) Object.assign(message, { last, epoch });
        this.say(message);
    }

    ping() {
        this.say({ type: "ping" });
        this.after("alive", pongMsMax, () => this.giveUp());
    }

    /** The answer to what is under way will not be heard. */
    resendLater() {
        for (const one of this.pending) if (one.state === "sent") one.state = "waiting";
        this.changed();
    }

    /** Sends the first message that waits; the next one follows when this one is stored. */
    flush() {
        if (!this.isJoined || !this.name || this.timers.slow) return;
        const here = this.pendingHere();
        if (here.some((each) => each.state === "sent")) return;
        const next = here.find((each) => each.state === "waiting");
        if (!next) return;
        next.state = "sent";
        this.say({ type: "send", room: next.room, key: next.key, text: next.text });
        this.changed();
    }

    // --- what the server says

    hear(data) {
        this.after("alive", quietMs, () => this.ping());
        let message;
        try {
            message = JSON.parse(data);
        } catch {
            return;
        }
        const { type, room } = message ?? {};
        if (typeof type !== "string" || !Object.hasOwn(answers, type)) return;
        if (room !== undefined && room !== this.room) return;  // said before one left
        answers[type](this, message);
    }

    take(message) {
        if (message.id <= this.last) return false;
        this.last = message.id;
        this.settle(message.key, message.person);
        return true;
    }

    /** The message with this key is stored and shown. */
    settle(key, person) {
        const isIt = (each) => each.key === key && person === this.person;
        if (!this.pending.some(isIt)) return;
        this.pending = this.pending.filter((each) => !isIt(each));
        this.changed();
    }

    /** A message is stored, but not shown yet: it will come by itself. */
    stored({ key, id }) {
        const one = this.pending.find((each) => each.key === key);
        if (!one) return;
        if (id <= this.last) {
            this.settle(key, this.person);
        } else {
            one.state = "stored";
            this.changed();
        }
    }

    refused({ code, text, key, for: asked, retry_ms: ms = unavailableMs }) {
        if (code === "name_needed") this.name = null;
        if (code === "not_joined") {
            this.isJoined = false;
            this.askToJoin();
        }
        if (asked === "join" && code.startsWith("name_")) this.wantedName = this.name;
        if (asked === "join" && code === "unavailable") this.joinLater(ms);
        const one = this.pending.find((each) => key ? each.key === key
            : asked === "send" && each.state === "sent");
        if (!one) return;
        const mayWait = { unavailable: true, not_joined: true, name_needed: true };
        one.state = mayWait[code] ? "waiting" : "refused";
        one.reason = text;
        this.changed();
        if (code === "unavailable") this.pause(ms);
    }

    pause(ms) {
        this.after("slow", ms, () => this.flush());
    }

    joinLater(ms) {
        this.after("join", ms, () => this.askToJoin());
    }

    // --- time and memory

    after(name, ms, call) {
        this.forget(name);
        this.timers[name] = this.clock.after(ms, () => {
            delete this.timers[name];
            call();
        });
    }

    forget(name) {
        if (this.timers[name] !== undefined) this.clock.forget(this.timers[name]);
        delete this.timers[name];
    }

    changed() {
        try {
            this.memory?.setItem("pending", JSON.stringify(this.pending));
        } catch {  // full or forbidden: then for this page only
        }
        this.on.pending();
    }

    remembered() {
        try {
            const kept = JSON.parse(this.memory?.getItem("pending") ?? "[]");
            return kept.map((each) => each.state === "refused" ? each
                : { ...each, state: "waiting" });
        } catch {
            return [];
        }
    }
}

const answers = {
    welcome(session, message) {
        session.isWelcome = true;
        session.person = message.person;
        session.epoch = message.epoch;
        session.on.welcome(message);
    },

    joined(session, message) {
        session.isJoined = true;
        session.name = message.name;
        session.after("stable", stableMs, () => { session.attempt = 0; });
        if (message.reset) session.last = 0;
        const messages = message.messages.filter((each) => session.take(each));
        for (const one of session.pendingHere()) {
            // Stored, and either dropped from view or among those that just came.
            if (one.state === "stored") session.settle(one.key, session.person);
        }
        session.on.state({ state: "online" });
        session.on.joined({ ...message, messages });
        session.flush();
    },

    message(session, message) {
        if (!session.isJoined || !session.take(message)) return;
        session.on.message(message);
        session.flush();
    },

    sent(session, message) {
        session.stored(message);
        session.flush();
    },

    history(session, message) {
        session.on.history(message);
    },

    here(session, message) {
        if (message.person === session.person) {
            session.name = message.name;
            session.wantedName = message.name;
        }
        session.on.here(message);
        session.flush();
    },

    gone(session, message) {
        session.on.gone(message);
    },

    typing(session, message) {
        session.on.typing(message);
    },

    rooms(session, message) {
        session.on.rooms(message);
    },

    slow_down(session, message) {
        const ms = message.retry_ms;
        if (message.for === "join") session.joinLater(ms);
        if (message.for === "send") {
            const one = session.pending.find((each) => each.key === message.key);
            if (one) one.state = "waiting";
            session.pause(ms);
            session.changed();
        }
        session.on.slow(message);
    },

    restarting(session, message) {
        session.spreadMs = Math.min(message.spread_ms, spreadMsMax);
    },

    error(session, message) {
        if (message.code === "protocol_unsupported") session.isOutdated = true;
        session.refused(message);
        session.on.error(message);
        session.flush();
    },

    pong() {},  // that it came is enough
};
