// SPDX-License-Identifier: MIT
#pragma once

// How a client asks: whom it reaches how, for how long it waits, what it does by itself.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/stream_layer.hpp>
#include <patio/http/cookies.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/url.hpp>
#include <patio/io/connect.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

class client_options;

/// Opens a connection to a host and port: what a client is given to bring other ones than TCP.
using connector = unique_function<async<stream>(std::string host, std::uint16_t port)>;

namespace detail {

/// What `client_options` holds.
struct client_settings {
    http::url base_url;
    http::headers defaults;
    std::string user_agent;
    std::string authorization;

    std::size_t connections_max = 256;
    std::size_t origin_connections_max = 32;
    duration idle_timeout = duration::seconds(15);

    duration connect_timeout = duration::seconds(30);
    duration response_timeout = duration::seconds(60);
    duration read_timeout = duration::seconds(60);
    duration timeout = duration::forever();

    bool follows_redirects = true;
    bool allows_downgrade = false;
    std::size_t redirects_max = 20;

    std::size_t retries = 0;
    duration retry_delay = duration::milliseconds(500);
    duration retry_delay_max = duration::seconds(60);

    bool keeps_cookies = true;
    cookie_jar cookies;

    bool decompresses = true;
    std::size_t decoded_bytes_max = std::size_t{1} << 30;
    std::size_t header_bytes_max = std::size_t{64} << 10;
    std::size_t header_count_max = 256;

    std::uint64_t expect_bytes_min = std::uint64_t{1} << 20;
    duration expect_timeout = duration::seconds(1);

    const stream_layer* layer = nullptr;
    connect_options connecting;
    std::string unix_path;
    std::shared_ptr<http::connector> connector;

    bool uses_environment = true;
    http::url proxy;
};

[[nodiscard]] const client_settings& settings_of(const client_options& options) noexcept;

}  // namespace detail

/// How a client asks. Each setter changes one thing and returns the object.
///
/// ```
/// http::client github{http::client_options{}
///                         .base_url("https://api.github.com/")
///                         .bearer(token)
///                         .header("Accept", "application/vnd.github+json")
///                         .timeout(10s)
///                         .retries(3)};
/// ```
///
/// **Threads** a value: copies share the connector.
class PATIO_EXPORT client_options {
public:
    client_options();
    client_options(const client_options& other);
    client_options(client_options&& other) noexcept;
    client_options& operator=(const client_options& other);
    client_options& operator=(client_options&& other) noexcept;
    ~client_options();

    // --- what every request has

    /// URLs are relative to this one: "users/7" and "https://api.example.org/v2/" make
    /// "https://api.example.org/v2/users/7". **Fails** with `errc::malformed`.
    client_options& base_url(std::string_view url);
    /// A field of each request that does not have it itself.
    client_options& header(std::string_view name, std::string_view value);
    client_options& headers(http::headers defaults);
    /// "patio" and its version by default.
    client_options& user_agent(std::string_view name);
    /// Says who asks. Like all of Authorization and Cookie it does not go to the origin that a
    /// redirect leads to. **Source** RFC 7617.
    client_options& basic_auth(std::string_view user, std::string_view password);
    /// **Source** RFC 6750.
    client_options& bearer(std::string_view token);
    /// The jar that the client begins with; see `client::cookies`.
    client_options& cookies(cookie_jar jar);
    /// Neither takes cookies nor sends any.
    client_options& without_cookies();

    // --- connections

    /// That are open at one time; 256 by default, and 32 to one origin. Who needs one more waits
    /// for its turn.
    client_options& connections_max(std::size_t count);
    client_options& origin_connections_max(std::size_t count);
    /// How long a connection is kept for another request. 15 s by default; 0: not at all.
    client_options& idle_timeout(duration length);
    /// How TCP connections are opened and names looked up. Its `tls` is ignored.
    client_options& connecting(connect_options options);
    /// TLS for https. By default that of `tls::client_context{}`, which trusts the system's
    /// authorities. **Borrows** the layer as long as the client or a response lives.
    client_options& tls(const stream_layer& layer);
    /// All connections go to this socket, whatever the URL says: "http://localhost/version".
    client_options& unix_socket(std::string path);
    /// Brings connections of one's own, instead of TCP: through a tunnel, or memory. TLS and
    /// proxies stay the client's affair.
    client_options& connector(http::connector open);
    /// Asks this proxy: "http://user:password@proxy:3128". For https it is asked for a tunnel.
    /// **Fails** with `errc::malformed`; with `errc::unsupported` unless it is http or https.
    client_options& proxy(std::string_view url);
    /// Asks no proxy. By default the environment says which: `http_proxy`, `https_proxy` and
    /// `all_proxy`, and `no_proxy` for the hosts that are reached without one, or, but for
    /// `http_proxy`, the same in capitals. The variables are read when the client is made.
    client_options& without_proxy();

    // --- limits in time; a passed one fails with `std::errc::timed_out`

    /// For a connection: the name, the attempts, the proxy, TLS. 30 s by default.
    client_options& connect_timeout(duration length);
    /// From the last byte of the request that could be sent, to the head of the response. 60 s by
    /// default.
    client_options& response_timeout(duration length);
    /// For each piece of the body. 60 s by default.
    client_options& read_timeout(duration length);
    /// For all of it up to the response's head: waiting for a connection, redirects, retries. No
    /// limit by default. The body does not count, since it may be a stream without an end: who
    /// wants a limit for it as well puts `patio::timeout` around both.
    client_options& timeout(duration length);

    // --- what it does by itself

    /// Follows this many redirects, 20 by default; one more fails with `errc::limit_exceeded`.
    client_options& redirects_max(std::size_t count);
    /// Redirects are responses like any other.
    client_options& without_redirects();
    /// Follows redirects from https to http, too, which show everyone what was to be hidden.
    client_options& allow_downgrade();
    /// Asks again, this many times, if there is no response or one that says "later" (429, 502,
    /// 503, 504), and the request may be repeated: an idempotent method (RFC 9110 section 9.2.2)
    /// with a body that can be sent again. 0 by default.
    client_options& retries(std::size_t count);
    /// How long it waits before: from a half to the whole of `first`, twice as long each time, at
    /// most `longest`; or as long as Retry-After says, if that is no longer than `longest`. Half a
    /// second and a minute by default.
    client_options& retry_delay(duration first, duration longest = duration::seconds(60));
    /// Bodies are handed out as they come, still compressed, and none is asked for.
    client_options& without_decompression();
    /// Asks before it sends a body of this many bytes or more whether it is wanted (RFC 9110
    /// section 10.1.1), and sends it after a second without an answer. 1 MiB by default.
    client_options& expect_bytes_min(std::uint64_t count);

    // --- limits of size; what passes one fails with `errc::limit_exceeded`

    /// What may come out of a compressed body. 1 GiB by default.
    client_options& decoded_bytes_max(std::size_t count);
    /// The fields of a response. 64 KiB and 256 by default.
    client_options& header_bytes_max(std::size_t count);
    client_options& header_count_max(std::size_t count);

private:
    friend const detail::client_settings& detail::settings_of(const client_options&) noexcept;

    detail::client_settings settings_;
};

}  // namespace patio::http
