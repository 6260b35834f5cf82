// SPDX-License-Identifier: MIT
#pragma once

// What people say, as it is stored and shown.

#include <cstdint>
#include <string>

namespace chat {

/// A message that is not stored yet.
struct draft {
    std::string room;
    std::string person;
    std::string name;  ///< what the person is called when it is written
    std::string text;
    std::int64_t time = 0;  ///< milliseconds since 1970 UTC
    std::string key;
};

/// One that is.
struct message {
    std::int64_t id = 0;
    std::string room;
    std::string person;
    std::string name;
    std::string text;
    std::int64_t time = 0;
    std::string key;
};

/// Where and when something was stored.
struct receipt {
    std::int64_t id = 0;
    std::int64_t time = 0;
    bool is_repeated = false;  ///< it has been there before
};

[[nodiscard]] inline message stored(const draft& of, const receipt& under) {
    return {under.id, of.room, of.person, of.name, of.text, under.time, of.key};
}

}  // namespace chat
