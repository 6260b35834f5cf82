// SPDX-License-Identifier: MIT
#pragma once

// What a client has, and one request on its way; operations share the first, since they may outlive
// the client.

#include "client_call.hpp"
#include "connection_pool.hpp"
#include "proxies.hpp"

#include <patio/core/async.hpp>
#include <patio/http/client_options.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>

#include <memory>
#include <random>
#include <string_view>

namespace patio::http::detail {

struct client_state {
    explicit client_state(const client_options& options);

    client_settings settings;
    proxies ways;
    cookie_jar jar;
    std::shared_ptr<connection_pool> pool;
    std::minstd_rand random;  // for waits that nobody can guess, not for secrets
};

/// A request that may go several ways before there is a response.
struct client_errand {
    client_errand(client_state& of_, request asked_, std::shared_ptr<client_call> call_);

    client_state& of;
    request asked;
    std::shared_ptr<client_call> call;
    const std::size_t body_begin;  // what the caller has read of a text is not sent
    bool is_foreign = false;       // a redirect has led to another origin
    bool may_expect = true;        // the server has not refused to say "100 Continue"
    std::vector<url> redirects;
};

/// Whether doing it twice is as good as once: RFC 9110 section 9.2.2.
[[nodiscard]] bool is_idempotent(std::string_view method) noexcept;
/// Makes the body begin again with its first byte, if it can.
[[nodiscard]] bool rewind_body(client_errand& of);

/// Sends the request once and reads the head of the response.
/// **Fails** with request_error; with whatever the request's body throws.
[[nodiscard]] async<response> send_once(client_errand& errand);
/// The same, again if that fails and the settings say so.
[[nodiscard]] async<response> send_with_retries(client_errand& errand);
/// The same, and whatever redirects lead to.
[[nodiscard]] async<response> send_and_follow(client_errand& errand);

}  // namespace patio::http::detail
