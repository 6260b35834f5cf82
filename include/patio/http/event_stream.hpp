// SPDX-License-Identifier: MIT
#pragma once

// Server-sent events: a response that goes on for as long as something happens.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/async_generator.hpp>
#include <patio/http/response.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

/// One event of a stream.
///
/// ```
/// co_yield http::server_event{}.name("price").data("12.50").id("7");
/// ```
class PATIO_EXPORT server_event {
public:
    /// Without data a browser tells nobody.
    server_event() = default;
    explicit server_event(std::string data) : data_{std::move(data)} {}

    /// What the page listens for; "message" otherwise.
    /// **Fails** with `errc::malformed` if there is a line end in it.
    server_event& name(std::string name) &;
    server_event&& name(std::string name) && { return std::move(this->name(std::move(name))); }
    /// Any text, lines and all. Line ends arrive as "\n".
    server_event& data(std::string text) & {
        data_ = std::move(text);
        return *this;
    }
    server_event&& data(std::string text) && { return std::move(data(std::move(text))); }
    /// What the browser sends as `Last-Event-ID` when it comes back after the connection was lost.
    /// **Fails** with `errc::malformed` if there is a line end or a zero in it.
    server_event& id(std::string id) &;
    server_event&& id(std::string id) && { return std::move(this->id(std::move(id))); }
    /// How long the browser waits before it comes back.
    server_event& retry(duration length) & noexcept {
        retry_ = length;
        return *this;
    }
    server_event&& retry(duration length) && noexcept { return std::move(retry(length)); }

    /// As it is sent, with the empty line at its end.
    [[nodiscard]] std::string to_string() const;

private:
    std::string name_;
    std::optional<std::string> data_;
    std::optional<std::string> id_;
    std::optional<duration> retry_;
};

/// How long a stream may be silent before a comment is sent: browsers ignore it, proxies see that
/// the connection lives, and a server notices that the client has gone.
inline constexpr duration keep_alive_default = duration::seconds(15);

/// A response that sends each event when the generator gives it.
///
/// ```
/// patio::async_generator<http::server_event> prices(long from) {
///     while (auto price = co_await next_price(from)) {
///         co_yield http::server_event{price->text}.id(std::to_string(++from));
///     }
/// }
/// site.get("/prices", [](http::request& asked) {
///     return http::event_stream(prices(number_or_0(asked.header("Last-Event-ID"))));
/// });
/// ```
///
/// The stream ends when the generator does, and browsers come back then; answer 204 to tell them
/// to stay away. `compress` sends each event on at once.
///
/// **Borrows** what the generator refers to, until the response is gone and one turn of the loop
/// longer: let it take everything by value, the request outlives no answer.
/// **Fails** what the generator throws ends the body in the middle.
/// **Cancel** a response that is dropped, since the client has gone, cancels the generator where it
/// waits. No event gets lost while comments are sent: the generator runs in a task of its own (of
/// the root group), one event ahead at most. With a `keep_alive` of `duration::forever()` there are
/// no comments and no such task.
/// **Source** the HTML standard, section 9.2.
[[nodiscard]] PATIO_EXPORT response event_stream(async_generator<server_event> events,
                                                 duration keep_alive = keep_alive_default);

}  // namespace patio::http
