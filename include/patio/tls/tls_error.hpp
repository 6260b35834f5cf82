// SPDX-License-Identifier: MIT
#pragma once

// What can go wrong with an encryption, besides what can go wrong with any stream.

#include <patio/base/config.hpp>
#include <patio/base/shared_text.hpp>
#include <patio/core/error.hpp>

#include <string>
#include <system_error>
#include <type_traits>

namespace patio::tls {

/// Why there is no encrypted connection.
enum class errc {
    /// The other side's certificate does not prove that it is who it should be.
    verify_failed = 1,
    /// The other side has refused to go on: it sent an alert.
    refused,
    /// The other side does not speak TLS, or none that both know, or its messages were changed.
    protocol_error,
    /// A certificate, a key or a list of ciphers that a context was given cannot be used.
    bad_setting,
};

[[nodiscard]] PATIO_EXPORT const std::error_category& error_category() noexcept;
[[nodiscard]] PATIO_EXPORT std::error_code make_error_code(errc code) noexcept;

/// Thrown by contexts, by handshakes, and by reads and writes of encrypted streams. `what()` is one
/// sentence that says what was being done and what the library for cryptography said to that.
///
/// Failures that are none of TLS's stay what they are: connection_reset from below,
/// `patio::errc::closed`, `std::errc::timed_out` from a handshake that took too long, and
/// `patio::errc::end_of_stream` if the other side ended the connection without a goodbye.
class PATIO_EXPORT tls_error : public patio::error {
public:
    tls_error(errc code, const std::string& what);
    tls_error(const tls_error&) noexcept = default;
    tls_error& operator=(const tls_error&) noexcept = default;
    ~tls_error() override;

    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

private:
    shared_text what_;
};

/// A certificate that was refused here: "certificate verify failed: hostname mismatch for
/// example.org (the certificate is for example.com, *.example.com)".
class PATIO_EXPORT certificate_error final : public tls_error {
public:
    /// `details` may be empty.
    certificate_error(const std::string& reason, const std::string& host,
                      const std::string& details);
    certificate_error(const certificate_error&) noexcept = default;
    certificate_error& operator=(const certificate_error&) noexcept = default;
    ~certificate_error() override;

    /// Which check has failed: "hostname mismatch", "certificate has expired", "unable to get local
    /// issuer certificate".
    [[nodiscard]] const char* reason() const noexcept { return reason_.c_str(); }
    /// Whom it should have proved; "a client" at a server.
    [[nodiscard]] const char* host() const noexcept { return host_.c_str(); }

private:
    shared_text reason_;
    shared_text host_;
};

}  // namespace patio::tls

// Doxygen 1.9 finds no scope for specialisations of the standard library.
/// @cond
template <>
struct std::is_error_code_enum<patio::tls::errc> : std::true_type {};
/// @endcond
