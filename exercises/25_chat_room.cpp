// SPDX-License-Identifier: MIT
//
// TASK: Cid reads one line a day, and the whole room waits for him. Let everyone hear the news at
// once.
// HINT: Two coroutines for each guest: one reads lines and gives them to room.news.send(line),
// which never waits; one has a patio::broadcast_receiver<std::string>, made by
// room.news.subscribe(), and writes what receive() gives. race() runs both until the guest is gone.
// FAILS: it took 24 h, and should take 0 ms

#include "support/learn.hpp"

#include <patio/testing/memory_stream.hpp>

using namespace std::chrono_literals;

struct chat_room {
    std::vector<patio::stream*> guests;
    patio::broadcast_sender<std::string> news = patio::broadcast<std::string>(100).first;
};

// TODO: a write waits while the guest does not read. Let only that guest's own task wait.
patio::async<> chat(patio::stream guest, chat_room& room) {
    room.guests.push_back(&guest);
    while (auto line = co_await guest.read_line()) {
        for (patio::stream* each : room.guests)
            co_await each->write(*line, "\n");
    }
}

// --- check

/// A new guest's end of a line that holds so many bytes.
patio::stream enter(patio::task_group& group, chat_room& room, std::size_t bytes) {
    const auto options = patio::testing::memory_options{}.buffer_bytes(bytes);
    auto line = patio::testing::memory_streams(options);
    group.spawn(chat(std::move(line.second), room));
    return std::move(line.first);
}

patio::async<> read_each_day(patio::stream& from) {
    while (auto line = co_await from.read_line())
        co_await patio::sleep(24h);
}

patio::async<> evening() {
    chat_room room;
    patio::stream ada, ben, cid;
    const auto body = [&](patio::task_group& group) -> patio::async<> {
        cid = enter(group, room, 16);
        ben = enter(group, room, 1000);
        ada = enter(group, room, 1000);
        group.spawn(read_each_day(cid));
        co_await patio::yield();  // now they are there
        for (std::string word : {"good evening", "a new recipe:", "potato soup"}) {
            co_await ada.write(word, "\n");
            for (patio::stream* each : {&ada, &ben})
                if (auto line = co_await each->read_line()) learn::say("heard: " + *line);
        }
        group.cancel();
    };
    co_await patio::with_task_group(body);
}

int main() {
    return learn::check(
        [] {
            learn::watch(evening());
            learn::expect(learn::said().size() == 6, "what one says all hear, Ada, too");
            learn::expect_time(0s, "Ben waits until Cid has read");
        },
        "each guest has a task and a place for news; a slow one is slow alone.");
}
