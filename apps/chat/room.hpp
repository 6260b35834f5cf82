// SPDX-License-Identifier: MIT
#pragma once

// A room: who listens, who is here, and what they are told.

#include "message.hpp"
#include "outbox.hpp"
#include "protocol.hpp"

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chat {

class room;

/// A connection's place in a room.
///
/// A new one is quiet: it keeps back the messages that it hears, until what was said before has
/// been read from the store. So nothing falls between the two, and nothing comes twice.
///
/// Its end leaves the room: who has no other place there is gone after a while, or at once if
/// `leave()` was called, as for somebody who goes to another room.
///
/// **Borrows** the outbox as long as it lives.
class seat {
public:
    seat(std::shared_ptr<room> in, std::string person, outbox& mail);
    seat(const seat&) = delete;
    seat& operator=(const seat&) = delete;
    ~seat();

    /// Gives `text` to the client, with all messages up to `last`; then those that were kept back
    /// and are behind it, and whatever comes from here on.
    void open(std::string text, std::int64_t last);
    void leave();

    [[nodiscard]] chat::room& where() const noexcept { return *room_; }
    [[nodiscard]] const std::string& person() const noexcept { return person_; }

private:
    friend class room;
    void hear(std::int64_t id, const frame& text);  // 0: something that is of the moment

    std::shared_ptr<chat::room> room_;  // shared with the list of rooms and other seats
    std::string person_;
    outbox& mail_;
    // Only messages with a greater id than heard_ go out.
    bool is_open_ = false;
    std::int64_t heard_ = 0;
    std::vector<std::pair<std::int64_t, frame>> kept_back_;
    std::size_t kept_back_bytes_ = 0;
};

/// **Threads** those of its loop. Nothing in here waits.
class room : public std::enable_shared_from_this<room> {
public:
    explicit room(std::string name, std::int64_t last = 0) : name_{std::move(name)}, last_{last} {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// The greatest id that has been published; 0 if none.
    [[nodiscard]] std::int64_t last() const noexcept { return last_; }
    /// How many people with a name are here, and have been just now.
    [[nodiscard]] std::size_t count() const noexcept { return people_.size(); }
    /// How many connections.
    [[nodiscard]] std::size_t seat_count() const noexcept { return seats_.size(); }
    /// At most `people_listed_max`.
    [[nodiscard]] std::vector<person_here> people() const;
    [[nodiscard]] std::optional<std::string> name_of(const std::string& person) const;
    [[nodiscard]] bool is_empty() const noexcept { return seats_.empty() && people_.empty(); }

    /// Tells everybody what has been stored. Ids must increase.
    void publish(const message& said);
    /// Somebody who has a seat is called so from here on: tells everybody.
    void name(const std::string& person, const std::string& name);
    /// Tells everybody else.
    void tell_typing(const std::string& person);
    /// Takes away whoever has had no seat since then, and tells everybody.
    void part(patio::time_point left_before);

private:
    friend class seat;
    struct presence {
        std::string name;
        std::size_t seats = 0;
        patio::time_point left_at;  // if there are none
    };
    using all_people = std::map<std::string, presence>;

    void sit(seat& here);
    void stand_up(seat& here, bool is_gone);
    all_people::iterator say_gone(all_people::iterator who);
    void tell(const frame& text, const std::string& but_person = {});

    // A presence has a name, and counts the seats of its person.
    std::string name_;
    std::int64_t last_;
    std::vector<seat*> seats_;
    all_people people_;
};

}  // namespace chat
