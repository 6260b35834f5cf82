// SPDX-License-Identifier: MIT
#pragma once

// What all connections share: the rooms, the people, the store, and the one task that writes to it.

#include "limits.hpp"
#include "outbox.hpp"
#include "people.hpp"
#include "room.hpp"
#include "store.hpp"

#include <patio/core/async.hpp>
#include <patio/core/channel/oneshot.hpp>
#include <patio/core/sync/queue.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

/// **One task stores and publishes.** Sessions hand it what people say. It takes all that waits,
/// stores that in one transaction, and then tells rooms and senders. So many messages share one
/// wait for the disk, rooms hear messages in the order of their ids, and what was said is heard
/// also if the sender's connection breaks meanwhile.
///
/// **Borrows** the store. **Threads** those of its loop.
class hall {
public:
    hall(chat::store& kept, limits most) : store_{kept}, limits_{most} {}

    /// Reads what rooms there are. **Fails** as the store.
    patio::async<> load();
    /// Writes, and keeps order, until `close()` and all that was said before is stored.
    patio::async<> run();
    void close() noexcept { letters_.shutdown(); }
    /// Tells everybody to come back soon, and ends all connections.
    void restart();
    [[nodiscard]] bool is_restarting() const noexcept { return is_restarting_; }

    [[nodiscard]] chat::store& store() noexcept { return store_; }
    [[nodiscard]] const limits& most() const noexcept { return limits_; }
    [[nodiscard]] std::shared_ptr<person> meet(std::string_view token) {
        return people_.meet(token);
    }
    /// Finds or makes a room; null if there are too many.
    [[nodiscard]] std::shared_ptr<room> find_room(const std::string& name);

    /// Stores a message and tells the room. **Returns** empty if the store does not answer.
    /// **Cancel** the message is stored and told nevertheless, if it had got into the line.
    patio::async<std::optional<receipt>> say(std::shared_ptr<room> in, draft what);

    /// A connection comes and goes. **Borrows** its outbox in between.
    void greet(outbox& mail);
    void dismiss(outbox& mail) { visitors_.erase(&mail); }
    /// Gives it the list of rooms, now and whenever that changes.
    void show_rooms(outbox& mail);

private:
    struct letter {
        std::shared_ptr<room> to;
        draft what;
        patio::oneshot_sender<std::optional<receipt>> answer;
    };

    patio::async<> write();
    patio::async<> keep_order();
    patio::async<> prune();
    void tell_rooms_that_changed();
    [[nodiscard]] frame list_rooms() const;

    chat::store& store_;
    limits limits_;
    people people_;
    std::map<std::string, std::shared_ptr<room>, std::less<>> rooms_;  // shared with seats
    std::map<outbox*, bool> visitors_;  // true: wants the list of rooms
    frame rooms_told_ = make_frame({});
    // A session has one letter in it at most, so connections_max bounds it.
    patio::queue<letter> letters_{patio::unbounded};
    bool is_restarting_ = false;
};

/// Milliseconds since 1970 UTC.
[[nodiscard]] std::int64_t clock_ms() noexcept;

}  // namespace chat
