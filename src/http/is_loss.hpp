// SPDX-License-Identifier: MIT
#pragma once

// Connections that have ended.

#include <patio/core/error.hpp>

#include <exception>
#include <system_error>

namespace patio::http::detail {

/// Whether the connection has ended, which is nothing that was done to it.
inline bool is_loss(const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const error& failure) {
        const std::error_code& code = failure.code();
        return code == errc::end_of_stream || code == std::errc::connection_reset ||
               code == std::errc::broken_pipe || code == std::errc::connection_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace patio::http::detail
