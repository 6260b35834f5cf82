// SPDX-License-Identifier: MIT
#pragma once

// What is kept: messages, and to whom names belong.

#include "message.hpp"
#include "protocol.hpp"

#include <patio/core/async.hpp>
#include <patio/sqlite/connection.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chat {

/// Messages and names, in a file of SQLite's.
///
/// Ids come from the database, and are given inside of the transaction that stores the message. One
/// connection writes, and locks the file against others, so what has a smaller id is never seen
/// later.
///
/// **Fails** every call: with `patio::sql::error`. Nothing has changed then.
/// **Cancel** likewise, unless it was about to end.
/// **Threads** those of its loop.
class store {
public:
    /// **Fails** as `sqlite::open`; if the file is another program's, or in use by another server.
    [[nodiscard]] static patio::async<store> open(std::string path);

    /// Names the history that ids belong to.
    [[nodiscard]] const std::string& epoch() const noexcept { return epoch_; }

    /// Stores messages, all or none, in their order. A message whose person, room and key are known
    /// is not stored again.
    patio::async<std::vector<receipt>> add(std::vector<draft> all);
    patio::async<std::optional<receipt>> find(std::string person, std::string room,
                                              std::string key);

    /// The latest, at most a page of them.
    patio::async<page> latest(std::string room);
    /// The page that ends before an id.
    patio::async<page> before(std::string room, std::int64_t id);
    /// All behind an id; empty if these are more than a page.
    patio::async<std::optional<page>> since(std::string room, std::int64_t id);
    /// The greatest id of each room that has any.
    patio::async<std::vector<std::pair<std::string, std::int64_t>>> rooms();

    /// Gives a name to whoever owns it from here on, in the place of the one before.
    /// **Returns** false if it belongs to somebody who was there not long ago.
    patio::async<bool> claim(std::string room, std::string name, std::string owner,
                             std::int64_t time);
    /// Finds the owner's name, and notes the visit, once a day.
    patio::async<std::optional<std::string>> name_of(std::string room, std::string owner,
                                                     std::int64_t time);

    /// Drops what need not be kept: messages of a room beyond so many that are older than a day,
    /// and names that nobody has used for long.
    patio::async<> prune(std::uint64_t messages, std::int64_t time);
    patio::async<> close();

private:
    explicit store(patio::sqlite::connection opened) noexcept : db_{std::move(opened)} {}

    patio::sqlite::connection db_;
    std::string epoch_;
};

}  // namespace chat
