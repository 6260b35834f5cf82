// SPDX-License-Identifier: MIT
#pragma once

// How a request of a client has failed.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/base/shared_text.hpp>
#include <patio/core/error.hpp>

#include <cstdint>
#include <string>
#include <system_error>

namespace patio::http {

/// How far a request had come.
enum class request_phase : std::uint8_t {
    /// All connections that its server may have are in use.
    queued,
    resolving,
    /// To the server or its proxy.
    connecting,
    /// The hello of TLS.
    handshake,
    sending,
    /// For the response's head.
    waiting,
    /// The response is refused for what it says: a redirect that is not followed.
    redirecting,
    /// The response's body.
    reading,
};

/// "waiting for the response". **Borrows** nothing: it is a literal.
[[nodiscard]] PATIO_EXPORT const char* to_text(request_phase phase) noexcept;

/// Thrown where a client gets no response, or not all of one.
///
/// ```
/// catch (const http::request_error& e) {
///     std::puts(e.what());   // GET http://example.org/x: connecting: Connection refused (after …)
///     if (e.code() == std::errc::timed_out) …
/// }
/// ```
///
/// `code()` is what the system said, or an `errc`: `timed_out` for each limit in time,
/// `errc::malformed` for a response that is no HTTP, `errc::end_of_stream` for one that was cut
/// off, `errc::limit_exceeded`. A status of 400 or above is a response and no such failure:
/// `response::raise_for_status`.
class PATIO_EXPORT request_error : public error {
public:
    /// What was asked, in words that may be shown: no user, password or query of the URL.
    class asked {
    public:
        asked(std::string method, std::string url) noexcept;
        [[nodiscard]] std::string text() const;

    private:
        friend request_error;
        std::string method_;
        std::string url_;
    };

    request_error(std::error_code code, const asked& what, request_phase phase,
                  const std::string& cause, duration elapsed);
    request_error(const request_error&) noexcept = default;
    request_error& operator=(const request_error&) noexcept = default;
    ~request_error() override;

    /// "GET http://example.org/x: waiting for the response: Connection timed out (after 2.0 s)"
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
    [[nodiscard]] const char* method() const noexcept { return method_.c_str(); }
    /// Without what may be secret in it.
    [[nodiscard]] const char* url() const noexcept { return url_.c_str(); }
    [[nodiscard]] request_phase phase() const noexcept { return phase_; }
    /// Since the request was made, with all redirects and retries.
    [[nodiscard]] duration elapsed() const noexcept { return elapsed_; }

private:
    shared_text what_;
    shared_text method_;
    shared_text url_;
    request_phase phase_;
    duration elapsed_;
};

}  // namespace patio::http
