// SPDX-License-Identifier: MIT
#pragma once

// The words of PROTOCOL.md: what a client says, read; what the server says, written. All of it is
// pure.

#include "message.hpp"

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chat {

// --- what a client says

struct hello {
    std::int64_t protocol = 0;
    std::string token;
};
struct join {
    std::string room;
    std::optional<std::string> name;
    std::int64_t last = 0;  ///< 0: none
    std::string epoch;
};
struct rename_to {
    std::string room;
    std::string name;
};
struct send_text {
    std::string room;
    std::string key;
    std::string text;
};
struct typing {
    std::string room;
};
struct more {
    std::string room;
    std::int64_t before = 0;
};
struct ping {};
/// A type that this version does not know.
struct unknown {};
/// Nothing of the protocol: `text` says why, `type` what it wanted to be, if that is known.
struct bad_message {
    std::string text;
    std::string type;
    std::string key;
};

using request =
    std::variant<hello, join, rename_to, send_text, typing, more, ping, unknown, bad_message>;

/// **Fails** never, whatever it gets. What depends on the state of a connection, or has an error of
/// its own (`room_bad`, `name_bad`, `text_…`), is not checked here.
[[nodiscard]] request read_request(std::string_view frame);

// --- what the server says

/// Somebody in a room, as others see them.
struct person_here {
    std::string person;
    std::string name;
};
struct room_state {
    std::string room;
    std::size_t count = 0;
    std::int64_t last = 0;
};
/// Messages with increasing ids, and whether there are more before them.
struct page {
    std::vector<message> messages;
    bool has_older = false;
};
struct joined {
    std::string room;
    std::optional<std::string> name;
    bool reset = true;
    page shown;
    std::vector<person_here> people;
    std::size_t count = 0;
};
/// What was said had no effect. What is empty, or zero, is not said.
struct refusal {
    std::string code;
    std::string text;
    std::string type = {};
    std::string key = {};
    patio::duration retry = {};
};

[[nodiscard]] std::string write_welcome(const std::string& person, const std::string& epoch);
[[nodiscard]] std::string write_joined(const joined& what);
[[nodiscard]] std::string write_message(const message& said);
[[nodiscard]] std::string write_sent(const std::string& room, const std::string& key,
                                     const receipt& under);
[[nodiscard]] std::string write_history(const std::string& room, std::int64_t before,
                                        const page& shown);
[[nodiscard]] std::string write_here(const std::string& room, const person_here& who,
                                     std::size_t count);
[[nodiscard]] std::string write_gone(const std::string& room, const std::string& person,
                                     std::size_t count);
[[nodiscard]] std::string write_typing(const std::string& room, const person_here& who);
[[nodiscard]] std::string write_rooms(const std::vector<room_state>& all);
[[nodiscard]] std::string write_slow_down(std::string_view type, patio::duration retry,
                                          const std::string& key = {}, std::int64_t before = 0);
[[nodiscard]] std::string write_restarting(patio::duration spread);
[[nodiscard]] std::string write_error(const refusal& what);
[[nodiscard]] std::string write_pong();

/// How many bytes a message takes in a page, at most.
[[nodiscard]] std::size_t written_bytes_max(const message& said) noexcept;

}  // namespace chat
