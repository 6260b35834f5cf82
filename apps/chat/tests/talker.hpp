// SPDX-License-Identifier: MIT
#pragma once

// A client for tests: says what it is told to, and hears what it waits for.

#include <patio/core/async.hpp>
#include <patio/ws/connection.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace chat_test {

using nlohmann::json;
using patio::async;

inline std::string token_of(const std::string& name) {
    return name + "-" + std::string(32 - name.size(), 't');
}
inline std::string key_of(std::int64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(20 - digits.size(), 'k') + digits;
}

class talker {
public:
    explicit talker(patio::ws::connection over) noexcept : peer{std::move(over)} {}

    async<> say(json what) {
        const std::string text = what.dump();
        auto sending = peer.send(text);
        co_await std::move(sending);
    }
    /// The next message; null at the end.
    async<json> hear() {
        json heard;
        auto receiving = peer.receive();
        const auto message = co_await std::move(receiving);
        if (message) heard = json::parse(message->data);
        co_return heard;
    }
    /// The next message of a type. What comes before is dropped.
    async<json> hear(std::string type) {
        for (;;) {
            auto hearing = hear();
            json heard = co_await std::move(hearing);
            if (heard.is_null()) throw std::runtime_error{"the end came before " + type};
            if (heard["type"] == type) co_return heard;
        }
    }
    async<> hello(std::string name) {
        json what = {{"type", "hello"}, {"protocol", 1}, {"token", token_of(name)}};
        auto greeting = say(std::move(what));
        co_await std::move(greeting);
    }
    /// Asks to go into a room. Empty and 0: not said.
    async<> go(std::string room, std::string name = {}, std::int64_t last = 0,
               std::string epoch = {}) {
        json what = {{"type", "join"}, {"room", std::move(room)}};
        if (!name.empty()) what["name"] = name;
        if (last != 0) what["last"] = last;
        if (!epoch.empty()) what["epoch"] = epoch;
        auto going = say(std::move(what));
        co_await std::move(going);
    }
    /// Says hello and goes into a room. **Returns** what `joined` says.
    async<json> join(std::string name, std::string room = "lobby", std::int64_t last = 0,
                     std::string epoch = {}) {
        auto greeting = hello(name);
        co_await std::move(greeting);
        auto going = go(std::move(room), std::move(name), last, std::move(epoch));
        co_await std::move(going);
        auto hearing = hear("joined");
        co_return co_await std::move(hearing);
    }
    async<> claim(std::string name) {
        json what = {{"type", "name"}, {"room", "lobby"}, {"name", std::move(name)}};
        auto claiming = say(std::move(what));
        co_await std::move(claiming);
    }
    async<> type() {
        json what = {{"type", "typing"}, {"room", "lobby"}};
        auto typing = say(std::move(what));
        co_await std::move(typing);
    }
    async<> more(std::int64_t before) {
        json what = {{"type", "more"}, {"room", "lobby"}, {"before", before}};
        auto asking = say(std::move(what));
        co_await std::move(asking);
    }
    async<> write(std::int64_t key, std::string text, std::string room = "lobby") {
        json what = {{"type", "send"},
                     {"room", std::move(room)},
                     {"key", key_of(key)},
                     {"text", std::move(text)}};
        auto sending = say(std::move(what));
        co_await std::move(sending);
    }

    patio::ws::connection peer;
};

}  // namespace chat_test
