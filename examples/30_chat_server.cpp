// SPDX-License-Identifier: MIT

// A chat: every guest has a queue and one task that writes, so nobody writes between another one's
// bytes, and who reads slowly is slow alone.

#include <patio/patio.hpp>

#include <cstdio>
#include <set>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using mailbox = patio::queue<std::string>;

struct room {
    std::set<mailbox*> mailboxes;

    /// Waits for nobody: a guest who has a hundred lines to read misses the others.
    void tell_all(const std::string& line) {
        for (mailbox* each : mailboxes)
            static_cast<void>(each->try_put(line));
    }
};

/// A place in the room for as long as this object lives.
struct seat {
    seat(room& in, mailbox& of) : here{in}, mail{of} { here.mailboxes.insert(&mail); }
    ~seat() { here.mailboxes.erase(&mail); }
    seat(const seat&) = delete;
    seat& operator=(const seat&) = delete;

    room& here;
    mailbox& mail;
};

patio::async<> listen(patio::stream& guest, room& here) {
    for (;;) {
        const auto line = co_await patio::move_on_after(5min, guest.read_line());
        if (!line || !*line) co_return;  // fallen asleep, or gone
        here.tell_all(**line);
    }
}

patio::async<> tell(patio::stream& guest, mailbox& mail) {
    while (const auto line = co_await mail.next()) {
        const bool is_sent = co_await patio::move_on_after(10s, guest.write(*line, "\n"));
        if (!is_sent) co_return;
    }
}

patio::async<> chat(patio::stream guest, room& here) {
    mailbox mail{100};
    co_await mail.put("welcome");
    const seat taken{here, mail};
    co_await patio::race(listen(guest, here), tell(guest, mail));  // whoever ends first ends both
}

// --- an evening

patio::async<> hear(patio::stream& at, const char* name) {
    const auto line = co_await at.read_line();
    std::printf("%s hears: %s\n", name, line ? line->c_str() : "nothing");
}

patio::async<> evening() {
    room here;  // outlives the group, and with it every handler
    const auto handler = [&here](patio::stream guest) -> patio::async<> {
        co_await chat(std::move(guest), here);
    };
    auto door = patio::listener::open(patio::endpoint::parse("127.0.0.1:0"));
    const patio::endpoint at = door.local_endpoint();

    const auto body = [&](patio::task_group& group) -> patio::async<> {
        const auto options = patio::serve_options{}.connections_max(200).grace(1s);
        group.spawn(patio::serve(std::move(door), handler, options));
        patio::stream ada = co_await patio::open_connection(at);
        co_await hear(ada, "Ada");
        patio::stream ben = co_await patio::open_connection(at);
        co_await hear(ben, "Ben");
        co_await ada.write("a new recipe: potato soup\n");
        co_await hear(ada, "Ada");
        co_await hear(ben, "Ben");
        group.cancel();
    };
    co_await patio::with_task_group(body);
}

int main() { patio::run(evening()); }
