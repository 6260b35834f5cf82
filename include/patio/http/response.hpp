// SPDX-License-Identifier: MIT
#pragma once

// What is answered: by a handler that makes it, or by a server that a client has asked.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/core/error.hpp>
#include <patio/core/stream.hpp>
#include <patio/http/body.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/url.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::http {

namespace detail {
struct response_access;
struct response_extras;
}  // namespace detail

/// A response.
///
/// ```
/// patio::async<http::response> hello(http::request& asked) {
///     co_return http::response{"hello " + std::string{asked.param("name")} + "\n"};
/// }
/// ```
///
/// A handler sets what it means; how the body's end is marked, the date, and whether the connection
/// stays open is the server's affair. One that a client has received is the same, and its body
/// comes while it is read.
///
/// **Threads** those of one loop.
class PATIO_EXPORT response {
public:
    /// 200 and no body.
    response() noexcept;
    /// **Fails** with usage_error if the status is not 100 to 599.
    explicit response(int status, http::body content = {});
    /// 200.
    response(http::body content) noexcept;  // NOLINT: what is said is the answer
    response(std::string text) : response{http::body{std::move(text)}} {}  // NOLINT: as above
    response(std::string_view text) : response{http::body{text}} {}        // NOLINT: as above
    response(const char* text) : response{http::body{text}} {}             // NOLINT: as above
    response(response&& other) noexcept;
    response& operator=(response&& other) noexcept;
    ~response();

    /// 200 with a body that says what it is.
    [[nodiscard]] static response html(std::string page);
    [[nodiscard]] static response json(std::string document);
    /// Sends the client elsewhere: 303, or another of the statuses that do.
    /// **Fails** with usage_error if it is none.
    [[nodiscard]] static response redirect(std::string_view location, int status = 303);

    // --- what is answered

    [[nodiscard]] int status() const noexcept { return status_; }
    /// The words behind the status. They mean nothing; a client's are what it got.
    [[nodiscard]] std::string_view reason() const noexcept;
    /// Whether the status is 200 to 299.
    [[nodiscard]] bool ok() const noexcept { return status_ / 100 == 2; }

    [[nodiscard]] http::headers& headers() noexcept { return headers_; }
    [[nodiscard]] const http::headers& headers() const noexcept { return headers_; }
    /// The value of the first field of that name; empty if there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept {
        return headers_.get(name);
    }

    [[nodiscard]] http::body& body() noexcept { return body_; }
    [[nodiscard]] const http::body& body() const noexcept { return body_; }
    /// All of the body: `body().text()`.
    [[nodiscard]] async<std::string> text(std::size_t bytes_max = body::text_bytes_max);
    /// `body().save_to(path)`.
    async<std::uint64_t> save_to(std::string path);

    // --- making one

    response& status(int status) &;
    response&& status(int status) && { return std::move(this->status(status)); }
    /// Sets a field: `headers().set`.
    response& with(std::string_view name, std::string_view value) &;
    response&& with(std::string_view name, std::string_view value) && {
        return std::move(with(name, value));
    }
    response& with(http::body content) & noexcept;
    response&& with(http::body content) && noexcept { return std::move(with(std::move(content))); }
    /// 101: the connection speaks another protocol from here on. `talk` gets it when the answer has
    /// been sent, and it is closed when `talk` lets go of it.
    [[nodiscard]] static response switch_protocol(std::string_view name,
                                                  unique_function<async<>(stream)> talk);

    // --- of a client

    /// Where it came from in the end: behind all redirects.
    [[nodiscard]] const http::url& url() const noexcept;
    /// The addresses that have sent elsewhere, in their order.
    [[nodiscard]] const std::vector<http::url>& redirects() const noexcept;
    /// From the call to the head of the answer, with all that was in between.
    [[nodiscard]] duration elapsed() const noexcept;
    /// Does nothing if the status is less than 400. **Fails** with status_error otherwise.
    response& raise_for_status() &;
    response&& raise_for_status() && { return std::move(raise_for_status()); }
    /// The connection, after 101 or a CONNECT that succeeded; it is the caller's then.
    /// **Fails** with usage_error after any other answer.
    [[nodiscard]] stream take_connection();

private:
    friend struct detail::response_access;
    [[nodiscard]] detail::response_extras& extras();

    int status_ = 200;
    http::headers headers_;
    http::body body_;
    std::unique_ptr<detail::response_extras> extras_;  // what few have
};

/// An answer that says that there is none: 400 and above.
class PATIO_EXPORT status_error : public error {
public:
    status_error(int status, const std::string& doing);
    status_error(const status_error&) noexcept = default;
    status_error& operator=(const status_error&) noexcept = default;
    ~status_error() override;
    [[nodiscard]] int status() const noexcept { return status_; }

private:
    int status_;
};

}  // namespace patio::http
