// SPDX-License-Identifier: MIT
#pragma once

// Failures that a program may meet in the world outside: refused, reset, too long, not found.

#include <patio/base/config.hpp>

#include <cstddef>
#include <string>  // tidy: allow(heavy-header): std::system_error brings it anyway
#include <system_error>
#include <type_traits>

namespace patio {

/// What can go wrong besides what the operating system says (`std::errc`).
enum class errc {
    /// The stream, socket, file or server was closed on this side, before the operation or while it
    /// waited.
    closed = 1,
    /// The other side ended the stream in the middle of what was asked for.
    end_of_stream,
    /// More came than a limit allows; the message names the limit.
    limit_exceeded,
    /// A name that no host has, or that has no address of the wanted kind.
    host_not_found,
    /// The servers that should know a name do not answer, or answer with an error.
    name_server_failed,
    /// The text is not an address, a port, a name or a path of the kind that is needed.
    malformed,
    /// The process of a pool that ran the function has died.
    worker_died,
    /// This stream, file or kernel cannot do what was asked for.
    unsupported,
    /// The other side has understood, and said no: a status of 400 or above, a statement that a
    /// database does not accept.
    refused,
};

[[nodiscard]] PATIO_EXPORT const std::error_category& error_category() noexcept;
[[nodiscard]] PATIO_EXPORT std::error_code make_error_code(errc code) noexcept;

/// Thrown out of a `co_await` whose operation has failed.
///
/// ```
/// catch (const patio::error& e) { if (e.code() == std::errc::connection_refused) … }
/// ```
///
/// `code()` is what the system said, or an `errc` of ours; `what()` says in addition what was being
/// done, and to what.
class PATIO_EXPORT error : public std::system_error {
public:
    error(std::error_code code, const std::string& doing) : std::system_error{code, doing} {}
    error(errc code, const std::string& doing) : error{make_error_code(code), doing} {}
    error(const error&) noexcept = default;
    error& operator=(const error&) noexcept = default;
    ~error() override;

    /// From what a system call left in `errno`.
    [[nodiscard]] static error from_errno(int number, const std::string& doing) {
        return error{std::error_code{number, std::generic_category()}, doing};
    }
};

/// Something was longer than a limit allows. Nothing is lost: what was read can still be read.
class PATIO_EXPORT limit_exceeded : public error {
public:
    limit_exceeded(const char* name, std::size_t limit);
    limit_exceeded(const limit_exceeded&) noexcept = default;
    limit_exceeded& operator=(const limit_exceeded&) noexcept = default;
    ~limit_exceeded() override;

    /// The limit's name, as the option that sets it: "line_bytes_max".
    [[nodiscard]] const char* name() const noexcept { return name_; }
    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

private:
    const char* name_;
    std::size_t limit_;
};

}  // namespace patio

// Doxygen 1.9 finds no scope for specialisations of the standard library.
/// @cond
template <>
struct std::is_error_code_enum<patio::errc> : std::true_type {};
/// @endcond
