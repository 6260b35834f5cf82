// SPDX-License-Identifier: MIT
#pragma once

// Asking servers, with connections that are kept between requests.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/http/client_options.hpp>
#include <patio/http/content.hpp>
#include <patio/http/cookies.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/request.hpp>
#include <patio/http/request_error.hpp>
#include <patio/http/response.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace patio::http {

namespace detail {
struct client_state;
}

/// Asks servers. It keeps connections, cookies and settings between requests, so make one and keep
/// it.
///
/// ```
/// http::client client{http::client_options{}.timeout(10s)};
/// http::response page = co_await client.get("https://example.org/");
/// std::puts((co_await page.raise_for_status().text()).c_str());
/// ```
///
/// A response is there when its head is. Its body comes from the connection while it is read; the
/// connection serves others when that has ended, and is closed if the response is dropped before,
/// unless all of it has arrived. Responses may outlive the client.
///
/// Redirects are followed, compressed bodies are decompressed, cookies are kept, and a request that
/// meets a connection which the server has just closed is sent again on another one, if it may be.
/// `client_options` says how to change each of these.
///
/// **Fails** what asks: with request_error, which says what, where and after how long; with
/// whatever the request's own body throws; with `errc::malformed` for a text that is no URL. A
/// status of 400 or above is a response like any other.
/// **Cancel** what asks: nothing is left behind; the connection is closed if anything was sent.
/// **Threads** those of one loop. **Order** who waits for a connection is served in turn.
/// **Source** RFC 9110, RFC 9112; httpx and aiohttp for what one expects of it.
class PATIO_EXPORT client {
public:
    using loop_affine = void;

    explicit client(client_options options = {});
    client(client&& other) noexcept;
    client& operator=(client&& other) noexcept;
    /// Closes all connections that are kept.
    ~client();

    // --- asking; a URL may be relative to `base_url`

    [[nodiscard]] async<response> get(std::string_view url, headers fields = {});
    [[nodiscard]] async<response> head(std::string_view url, headers fields = {});
    [[nodiscard]] async<response> post(std::string_view url, content sent = {},
                                       headers fields = {});
    [[nodiscard]] async<response> put(std::string_view url, content sent = {}, headers fields = {});
    [[nodiscard]] async<response> patch(std::string_view url, content sent = {},
                                        headers fields = {});
    /// DELETE, which is a word of the language.
    [[nodiscard]] async<response> del(std::string_view url, headers fields = {});
    /// Any request. One that a server has received can be sent on: `asked.to(elsewhere)`.
    [[nodiscard]] async<response> send(request asked);

    // --- what it keeps

    /// Those that servers have set. It may be changed at any time.
    [[nodiscard]] cookie_jar& cookies() noexcept;
    /// Connections that are open, or being opened; those among them that wait for a request.
    [[nodiscard]] std::size_t connection_count() const noexcept;
    [[nodiscard]] std::size_t idle_connection_count() const noexcept;
    /// Closes these.
    void close_idle() noexcept;

private:
    [[nodiscard]] request make_request(const char* method, std::string_view url, content&& sent,
                                       headers&& fields) const;
    void close() noexcept;

    std::shared_ptr<detail::client_state> state_;  // operations share it: they may outlive this
};

}  // namespace patio::http
