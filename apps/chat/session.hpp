// SPDX-License-Identifier: MIT
#pragma once

// One connection: what a client says, and what it gets.

#include "hall.hpp"
#include "outbox.hpp"
#include "people.hpp"
#include "protocol.hpp"
#include "room.hpp"

#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/ws/connection.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace chat {

/// Two tasks: one listens and answers, one sends what is in the outbox. Nothing else writes to the
/// connection, and nobody waits for it.
///
/// **Borrows** the hall. **Threads** those of its loop.
class session {
public:
    session(hall& in, patio::ws::connection peer);
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    /// Until the connection has ended, in whichever way. **Cancel** it is aborted.
    patio::async<> run();

private:
    /// A name in a room, and what was wrong with the one that was wanted.
    struct naming {
        std::optional<std::string> name;
        std::string fault;
    };

    patio::async<> listen_and_wait();
    patio::async<> speak_to_end();
    patio::async<> listen();
    patio::async<> speak();
    patio::async<> answer(std::string said);
    patio::async<> act(request said);
    patio::async<> act_with_store(request said);

    void greet(const hello& said);
    patio::async<> enter(join said);
    patio::async<> take_name(rename_to said);
    patio::async<> say(send_text said);
    patio::async<> page_back(more said);
    void tell_typing(const typing& said);
    void complain(const bad_message& said);

    patio::async<naming> find_name(std::string room, std::optional<std::string> wanted);
    patio::async<joined> read_room(join said, std::int64_t last);
    [[nodiscard]] bool is_in(const std::string& room, const char* type,
                             const std::string& key = {});
    [[nodiscard]] bool may(rate& of, const char* type, std::int64_t before = 0);
    void refuse(refusal what) { mail_.put(write_error(what)); }
    [[nodiscard]] patio::duration patience() const noexcept;

    hall& hall_;
    patio::ws::connection peer_;
    outbox mail_;
    std::shared_ptr<person> person_;  // shared with the person's other connections; null: no hello
    std::unique_ptr<seat> seat_;      // borrows mail_
    patio::time_point opened_at_;
    patio::time_point typed_at_;
    std::deque<patio::time_point> mistakes_;  // of the last minute
};

}  // namespace chat
