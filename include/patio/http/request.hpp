// SPDX-License-Identifier: MIT
#pragma once

// What is asked: by a client that makes it, or by a stranger whom a server answers.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/http/body.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/query_params.hpp>
#include <patio/http/url.hpp>
#include <patio/io/endpoint.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::http {

namespace detail {
struct request_access;
}

/// A request.
///
/// ```
/// http::request asked{"PUT", "http://example.org/notes/7"};
/// asked.with("Content-Type", "text/plain").with(http::body{"buy milk"});
/// http::response answer = co_await client.send(std::move(asked));
/// ```
///
/// One that a server has received is the same, and knows who sent it. What it returns as views is
/// good until the request changes or its handler has ended.
///
/// **Threads** those of one loop.
class PATIO_EXPORT request {
public:
    /// GET of nothing.
    request();
    /// **Fails** with `errc::malformed` if the method is no token, or the text is no URL.
    request(std::string method, http::url to);
    request(std::string method, std::string_view to) : request{std::move(method), url::parse(to)} {}
    request(request&& other) noexcept;
    request& operator=(request&& other) noexcept;
    ~request();

    // --- what is asked

    [[nodiscard]] const std::string& method() const noexcept { return method_; }
    /// The whole address. A server makes it from its own scheme, the host that was asked for and
    /// the target. **Fails** there with `errc::malformed` if these make no URL: "OPTIONS *".
    [[nodiscard]] const http::url& url() const;
    /// Path and query as they are sent: "/notes?page=2".
    [[nodiscard]] std::string_view target() const noexcept { return target_; }
    /// The target up to its query, as it was sent: with its percent signs.
    [[nodiscard]] std::string_view path() const noexcept;
    /// The first value of that name in the query, decoded; empty if there is none.
    [[nodiscard]] std::optional<std::string_view> query(std::string_view name) const;
    /// All of the query, decoded.
    [[nodiscard]] const query_params& query() const;

    [[nodiscard]] http::headers& headers() noexcept { return headers_; }
    [[nodiscard]] const http::headers& headers() const noexcept { return headers_; }
    /// The value of the first field of that name; empty if there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept {
        return headers_.get(name);
    }
    /// The value that the client has kept under that name; empty if there is none.
    /// **Source** RFC 6265 section 4.2.
    [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const noexcept;

    [[nodiscard]] http::body& body() noexcept { return body_; }
    [[nodiscard]] const http::body& body() const noexcept { return body_; }
    /// All of the body: `body().text()`.
    [[nodiscard]] async<std::string> text(std::size_t bytes_max = body::text_bytes_max);

    // --- making one

    /// Sets a field: `headers().set`.
    request& with(std::string_view name, std::string_view value) &;
    request&& with(std::string_view name, std::string_view value) && {
        return std::move(with(name, value));
    }
    request& with(http::body content) & noexcept;
    request&& with(http::body content) && noexcept { return std::move(with(std::move(content))); }
    /// For whoever sends it on elsewhere: target and Host follow.
    request& to(http::url elsewhere) &;
    request&& to(http::url elsewhere) && { return std::move(to(std::move(elsewhere))); }

    // --- on the server

    /// Who has sent it: the other end of the connection.
    [[nodiscard]] const endpoint& peer() const noexcept;
    /// Whether it came encrypted.
    [[nodiscard]] bool is_secure() const noexcept { return is_secure_; }
    /// What stood in the path where the route has `{name}`, decoded; empty if it has no such part.
    /// Of routers in routers the innermost counts.
    [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
    /// The part of the path that a handler answers for which was mounted somewhere (see
    /// `router::mount`): "/a.css" of "/static/a.css". All of it elsewhere.
    [[nodiscard]] std::string_view mounted_path() const noexcept;

private:
    friend struct detail::request_access;
    struct path_param {
        std::string_view name;  // of the route, which outlives requests
        std::string value;
    };

    std::string method_;
    std::string target_;  // of a client: that of url_
    mutable http::url url_;
    mutable std::unique_ptr<query_params> query_;  // once somebody has asked
    http::headers headers_;
    http::body body_;
    std::vector<path_param> params_;
    std::size_t param_count_ = 0;  // the others keep their memory for the next request
    std::size_t mount_bytes_ = 0;  // how much of the path has led to the handler
    const endpoint* peer_ = nullptr;
    bool is_secure_ = false;
};

}  // namespace patio::http
