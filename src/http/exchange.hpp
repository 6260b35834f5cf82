// SPDX-License-Identifier: MIT
#pragma once

// One request and its response on a connection, in any version of HTTP.

#include "wire_http/head.hpp"

#include <patio/base/bytes.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/response.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace patio::http::detail {

/// What begins a request. The fields are in the order in which they are sent; none of them says
/// where the body ends. **Borrows** all of it.
struct outgoing_head {
    std::string_view method;
    std::string_view target;
    std::vector<wire::http::field>* fields = nullptr;
    /// Whether there is a body, be it of no bytes.
    bool has_body = false;
    /// Of the body, if it is known.
    std::optional<std::uint64_t> length;
    bool is_upgrade = false;
};

/// What the head of a response says about its body.
struct incoming_body {
    bool has_body = false;
    std::optional<std::uint64_t> length;
};

/// One request and its response. A connection gives it out, and gets itself back when it dies: to
/// be kept if the exchange has come to its end, to be closed otherwise.
///
/// The order is head, pieces, end; while these are sent another task may read the response. No
/// operation is begun while its like runs.
///
/// **Fails** with patio::error; nothing but the destructor may follow then.
/// **Cancel** sending: the connection can no more be kept. Receiving: nothing is lost.
class exchange {
public:
    exchange() = default;
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;
    virtual ~exchange() = default;

    /// Sends the head, and these first bytes of the body with it.
    virtual async<> send_head(const outgoing_head& head, byte_view content) = 0;
    virtual async<> send_body(byte_view piece) = 0;
    virtual async<> send_end() = 0;

    /// Reads the next head: those of interim responses (1xx) come before the real one.
    virtual async<> receive_head(response& into) = 0;
    /// Of the real head.
    [[nodiscard]] virtual incoming_body body() const noexcept = 0;
    /// **Returns** 0 at the end; the connection has been given back then.
    virtual async<std::size_t> receive_body(byte_span target) = 0;
    /// What has arrived of the body if that is all of it; the exchange has come to its end then.
    [[nodiscard]] virtual std::optional<std::string> take_arrived_body() = 0;
    /// Null if there were none, or not yet.
    [[nodiscard]] virtual const headers* trailers() const noexcept = 0;
    /// The connection, after 101 or a CONNECT that succeeded; closed after anything else.
    [[nodiscard]] virtual stream take_connection() = 0;

    /// Whether it runs on a connection that has served others before.
    [[nodiscard]] virtual bool is_on_kept_connection() const noexcept = 0;
    /// Whether nothing at all of a response has come.
    [[nodiscard]] virtual bool is_unanswered() const noexcept = 0;
};

}  // namespace patio::http::detail
