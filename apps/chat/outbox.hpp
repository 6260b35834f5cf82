// SPDX-License-Identifier: MIT
#pragma once

// What waits to be written to one connection.

#include <patio/core/async.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/ws/connection_closed.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace chat {

/// A text that is sent to many: written once, and shared by the queues of all who get it.
using frame = std::shared_ptr<const std::string>;

[[nodiscard]] inline frame make_frame(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

/// The frames for one client, in their order, and the reason why the connection is to end.
///
/// It is bounded by bytes. Who puts one in never waits: when there is no room the client reads too
/// slowly, what waits is dropped, and the connection ends with 1013. The client comes back and gets
/// from the store what it missed.
///
/// **Threads** those of its loop; one task takes out.
class outbox {
public:
    explicit outbox(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}

    /// Does nothing if the end is decided.
    void put(frame one);
    void put(std::string text) { put(make_frame(std::move(text))); }
    /// The same for a page, of which one is let in beyond the limit: a client asks for it when it
    /// has nothing yet.
    void put_page(std::string text);

    /// The next frame; null when the connection is to end.
    /// **Suspends** while there is none. **Cancel** nothing is lost.
    patio::async<frame> next();

    /// Ends the connection when the client has got what waits. Only the first reason counts.
    void end(patio::ws::close_code code, std::string reason = {});
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    [[nodiscard]] patio::ws::close_code code() const noexcept { return code_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    struct item {
        frame content;
        std::size_t bytes;  // that count
    };
    void add(frame content, std::size_t bytes);

    // bytes_ is the sum of what the items count, and at most bytes_max_.
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::deque<item> waiting_;
    patio::event changed_;
    bool has_page_ = false;  // one that does not count waits
    bool has_ended_ = false;
    patio::ws::close_code code_ = patio::ws::close_code::normal;
    std::string reason_;
};

}  // namespace chat
