// SPDX-License-Identifier: MIT
// The page's side of the protocol, against a server, a clock and chance that the test holds.
// Run by: node --test apps/chat/tests/session_test.mjs (Node 20.19 or later).
import assert from "node:assert/strict";
import { test } from "node:test";

import { Session, randomWord } from "../page/session.js";

class FakeClock {
    time = 0;
    timers = new Set();

    now = () => this.time;
    random = () => 1;
    forget = (timer) => this.timers.delete(timer);
    after = (ms, call) => {
        const timer = { at: this.time + ms, call };
        this.timers.add(timer);
        return timer;
    };

    advance(ms) {
        const end = this.time + ms;
        for (;;) {
            const [next] = [...this.timers].sort((one, other) => one.at - other.at);
            if (!next || next.at > end) break;
            this.time = next.at;
            this.timers.delete(next);
            next.call();
        }
        this.time = end;
    }
}

class FakeSocket {
    readyState = 0;
    heard = [];

    send(data) {
        this.heard.push(JSON.parse(data));
    }

    close() {
        this.readyState = 3;
    }

    opens() {
        this.readyState = 1;
        this.onopen();
    }

    closes() {
        this.readyState = 3;
        this.onclose();
    }

    says(message) {
        this.onmessage({ data: JSON.stringify(message) });
    }

    /** What it heard of a type. */
    all(type) {
        return this.heard.filter((each) => each.type === type);
    }
}

const things = ["state", "welcome", "joined", "message", "history", "pending", "here", "gone",
    "typing", "rooms", "slow", "error"];

/** A session in the room "lobby", and what stands around it. */
function begin({ memory } = {}) {
    const clock = new FakeClock();
    const sockets = [];
    const seen = [];
    const on = Object.fromEntries(things.map((each) => [each, (message) => {
        if (each !== "pending") seen.push([each, message]);
    }]));
    const open = () => {
        sockets.push(new FakeSocket());
        return sockets.at(-1);
    };
    const session = new Session({ address: "ws://test/ws", token: "t", on, open, clock, memory });
    session.join("lobby", "Ann");
    return { session, clock, sockets, shown: () => idsOf(seen), seen };
}

function idsOf(seen) {
    return seen.flatMap(([type, message]) => type === "message" ? [message.id]
        : type === "joined" ? message.messages.map((each) => each.id) : []);
}

function said(id, key = `k${id}`, person = "other") {
    return { id, room: "lobby", person, name: "Bo", text: "Hi", time: 0, key };
}

function letIn(socket, { messages = [], reset = true, epoch = "e" } = {}) {
    socket.opens();
    socket.says({ type: "welcome", protocol: 1, person: "me", epoch, text_bytes_max: 4000 });
    socket.says({ type: "joined", room: "lobby", name: "Ann", reset, has_older: false, messages,
        people: [], count: 1 });
}

test("it says hello and joins without waiting", () => {
    const { sockets: [socket] } = begin();
    socket.opens();
    assert.deepEqual(socket.heard, [{ type: "hello", protocol: 1, token: "t" },
        { type: "join", room: "lobby", name: "Ann" }]);
});

test("after a lost connection it asks for what came after the last one", () => {
    const { sockets, clock, shown } = begin();
    letIn(sockets[0], { messages: [said(1), said(4)] });
    sockets[0].says({ type: "message", ...said(7) });
    sockets[0].closes();
    clock.advance(500);
    letIn(sockets[1], { messages: [said(9)], reset: false });
    assert.deepEqual(sockets[1].all("join"),
        [{ type: "join", room: "lobby", name: "Ann", last: 7, epoch: "e" }]);
    assert.deepEqual(shown(), [1, 4, 7, 9]);
});

test("a message that comes twice is shown once", () => {
    const { sockets: [socket], shown } = begin();
    letIn(socket, { messages: [said(1), said(2)] });
    for (const id of [2, 3, 3, 1]) socket.says({ type: "message", ...said(id) });
    assert.deepEqual(shown(), [1, 2, 3]);
});

test("what was not acknowledged is sent again with the same key", () => {
    const { session, sockets, clock } = begin();
    letIn(sockets[0]);
    session.send("Hello");
    sockets[0].closes();
    clock.advance(500);
    letIn(sockets[1]);
    assert.equal(sockets[1].all("send")[0].key, sockets[0].all("send")[0].key);
});

test("what turns out to be stored already is not sent again", () => {
    const { session, sockets, clock } = begin();
    letIn(sockets[0]);
    session.send("Hello");
    const [{ key }] = sockets[0].all("send");
    sockets[0].closes();
    clock.advance(500);
    letIn(sockets[1], { messages: [said(5, key, "me")], reset: false });
    assert.deepEqual(sockets[1].all("send"), []);
    assert.deepEqual(session.pending, []);
});

test("the key of somebody else settles nothing", () => {
    const { session, sockets: [socket] } = begin();
    letIn(socket);
    session.send("Hello");
    socket.says({ type: "message", ...said(1, socket.all("send")[0].key, "other") });
    assert.equal(session.pending.length, 1);
});

for (const order of [["message", "sent"], ["sent", "message"]]) {
    test(`a text is settled by ${order.join(" and ")}, and the next one goes`, () => {
        const { session, sockets: [socket], shown } = begin();
        letIn(socket);
        session.send("one");
        session.send("two");
        const [{ key }] = socket.all("send");
        assert.equal(socket.all("send").length, 1);
        for (const type of order) socket.says({ type, ...said(3, key, "me") });
        assert.deepEqual(shown(), [3]);
        assert.deepEqual(session.pending.map((each) => each.text), ["two"]);
        assert.equal(socket.all("send").length, 2);
    });
}

test("when told to slow down it waits, and keeps the order", () => {
    const { session, sockets: [socket], clock } = begin();
    letIn(socket);
    session.send("one");
    session.send("two");
    const [{ key }] = socket.all("send");
    socket.says({ type: "slow_down", for: "send", key, retry_ms: 1000 });
    clock.advance(999);
    assert.equal(socket.all("send").length, 1);
    clock.advance(1);
    assert.deepEqual(socket.all("send").map((each) => each.text), ["one", "one"]);
});

test("a refused text stays, and does not stop the next one", () => {
    const { session, sockets: [socket] } = begin();
    letIn(socket);
    session.send("one");
    session.send("two");
    const [{ key }] = socket.all("send");
    socket.says({ type: "error", code: "text_bad", text: "No.", for: "send", key });
    assert.deepEqual(session.pending.map((each) => each.state), ["refused", "sent"]);
    session.discard(key);
    assert.deepEqual(session.pending.map((each) => each.text), ["two"]);
});

test("without a name nothing is sent until there is one", () => {
    const { session, sockets: [socket] } = begin();
    letIn(socket);
    session.send("one");
    const [{ key }] = socket.all("send");
    socket.says({ type: "error", code: "name_needed", text: "", for: "send", key });
    assert.equal(socket.all("send").length, 1);
    socket.says({ type: "here", room: "lobby", person: "me", name: "Ann", count: 1 });
    assert.equal(socket.all("send").length, 2);
});

test("each attempt waits twice as long, up to half a minute", () => {
    const { sockets, seen, clock } = begin();
    const waits = [];
    for (let count = 0; count < 8; ++count) {
        sockets.at(-1).closes();
        waits.push(seen.at(-1)[1].until - clock.time);
        clock.advance(waits.at(-1));
    }
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
});

test("after the notice of a restart it comes back within the time that was named", () => {
    const { sockets, clock } = begin();
    letIn(sockets[0]);
    sockets[0].says({ type: "restarting", spread_ms: 3000 });
    sockets[0].closes();
    clock.advance(2999);
    assert.equal(sockets.length, 1);
    clock.advance(1);
    assert.equal(sockets.length, 2);
});

test("a connection that says nothing is asked, then given up", () => {
    const { sockets, clock, seen } = begin();
    letIn(sockets[0]);
    clock.advance(25000);
    assert.equal(sockets[0].all("ping").length, 1);
    sockets[0].says({ type: "pong" });
    clock.advance(25000 + 10000);
    assert.equal(sockets[0].all("ping").length, 2);
    assert.equal(seen.at(-1)[1].state, "waiting");
});

test("what the room before says after one has left is not heard", () => {
    const { session, sockets: [socket], shown } = begin();
    letIn(socket);
    session.join("garden", "Ann");
    socket.says({ type: "message", ...said(5) });
    socket.says({ type: "joined", room: "lobby", name: "Ann", reset: true, has_older: false,
        messages: [said(5)], people: [], count: 1 });
    assert.deepEqual(shown(), []);
    assert.ok(!session.isJoined);
    assert.equal(socket.all("join").at(-1).room, "garden");
});

test("a room that is chosen before the welcome is joined", () => {
    const { session, sockets: [socket] } = begin();
    socket.opens();
    session.join("garden", "Ann");
    assert.deepEqual(socket.all("join").map((each) => each.room), ["lobby", "garden"]);
});

test("an answer lost by changing rooms does not hold up the texts", () => {
    const { session, sockets: [socket] } = begin();
    letIn(socket);
    session.send("one");
    session.join("garden", "Ann");
    session.join("lobby", "Ann");
    socket.says({ type: "joined", room: "lobby", name: "Ann", reset: true, has_older: false,
        messages: [], people: [], count: 1 });
    assert.equal(socket.all("send").length, 2);
});

test("words it does not know are ignored", () => {
    const { sockets: [socket], session } = begin();
    letIn(socket);
    for (const each of [{ type: "dance" }, { type: "constructor" }, {}, null, 3]) socket.says(each);
    socket.onmessage({ data: "no JSON" });
    assert.ok(session.isJoined);
});

test("a page that is too old does not come back", () => {
    const { sockets, clock } = begin();
    sockets[0].opens();
    sockets[0].says({ type: "error", code: "protocol_unsupported", text: "", for: "hello" });
    sockets[0].closes();
    clock.advance(100000);
    assert.equal(sockets.length, 1);
});

test("reloading the page loses no text", () => {
    const kept = new Map();
    const memory = { getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, value) };
    const first = begin({ memory });
    letIn(first.sockets[0]);
    first.session.send("one");
    const second = begin({ memory });
    letIn(second.sockets[0]);
    assert.deepEqual(second.sockets[0].all("send"), first.sockets[0].all("send"));
});

test("a random word is a legal token and key", () => {
    assert.match(randomWord(), /^[A-Za-z0-9_-]{22}$/);
});
