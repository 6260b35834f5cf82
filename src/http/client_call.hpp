// SPDX-License-Identifier: MIT
#pragma once

// What the parts of one request of a client share: who asks for what since when, and how failures
// are told.

#include <patio/base/duration.hpp>
#include <patio/core/error.hpp>
#include <patio/http/request.hpp>
#include <patio/http/request_error.hpp>

#include <string>
#include <system_error>

namespace patio::http::detail {

/// A limit in time has passed.
class passed_limit : public error {
public:
    /// **Borrows** the option's name for ever: it is a literal.
    explicit passed_limit(const char* name)
        : error{make_error_code(std::errc::timed_out), name}, name_{name} {}
    [[nodiscard]] const char* name() const noexcept { return name_; }

private:
    const char* name_;
};

/// A URL that may be shown: without user, password, fragment, and what its query says.
[[nodiscard]] std::string shown_url(const url& of);

struct client_call {
    client_call(const request& of, time_point begin_)
        : asked{of.method(), shown_url(of.url())}, begin{begin_} {}

    /// Throws a request_error, with the phase and what was thrown below.
    [[noreturn]] void fail(const error& cause) const;
    [[noreturn]] void fail(std::error_code code, const std::string& cause) const;

    request_error::asked asked;  // changes with each redirect
    const time_point begin;
    request_phase phase = request_phase::queued;
};

}  // namespace patio::http::detail
