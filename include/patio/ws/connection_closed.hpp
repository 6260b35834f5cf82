// SPDX-License-Identifier: MIT
#pragma once

// How a WebSocket connection has ended.

#include <patio/base/config.hpp>
#include <patio/base/shared_text.hpp>
#include <patio/core/error.hpp>

#include <cstdint>
#include <string>
#include <system_error>

namespace patio::ws {

/// Why a connection ends, as its Close frame says. Other numbers are good too: 3000 to 3999 are
/// those of libraries, 4000 to 4999 those of applications: `static_cast<close_code>(4001)`.
///
/// **Source** RFC 6455 section 7.4; IANA's "WebSocket Close Code Number Registry" for 1012 to 1014.
enum class close_code : std::uint16_t {
    normal = 1000,
    going_away = 1001,  ///< a server stops, a page is left
    protocol_error = 1002,
    unsupported_data = 1003,  ///< such as binary where only text is wanted
    none = 1005,              ///< never sent: the Close frame had no code
    abnormal = 1006,          ///< never sent: there was no Close frame
    invalid_data = 1007,
    policy_violation = 1008,
    too_big = 1009,
    extension_missing = 1010,
    internal_error = 1011,
    service_restart = 1012,
    try_again_later = 1013,
    bad_gateway = 1014,
};

/// Who has ended a connection.
enum class closed_by : std::uint8_t {
    this_side,  ///< by `close`, `abort`, or because the peer broke the protocol or a limit
    peer,       ///< with a Close frame
    nobody,     ///< the stream under it has broken, or ended without a Close frame
};

/// The connection has ended, or can only end: nothing can be sent any more, or what was being
/// received will not come.
///
/// The orderly end is an exception only for who sends; for who receives it is an empty optional.
///
/// `code()` is `errc::closed` after a Close frame or an abort, `errc::end_of_stream` if the stream
/// ended without one, `std::errc::timed_out` if a pong did not come, `errc::limit_exceeded` or
/// `errc::malformed` if the peer broke a limit or the protocol, else what the system has said.
class PATIO_EXPORT connection_closed : public error {
public:
    connection_closed(std::error_code why, const std::string& what, ws::close_code close,
                      const std::string& reason, ws::closed_by who);
    connection_closed(const connection_closed&) noexcept = default;
    connection_closed& operator=(const connection_closed&) noexcept = default;
    ~connection_closed() override;

    /// What the peer's Close frame has said; if there was none, what this side has failed the
    /// connection with, or `abnormal`.
    [[nodiscard]] ws::close_code close_code() const noexcept { return close_code_; }
    /// The text in the same frame; for people.
    [[nodiscard]] const char* reason() const noexcept { return reason_.c_str(); }
    [[nodiscard]] ws::closed_by closed_by() const noexcept { return closed_by_; }

private:
    shared_text reason_;
    ws::close_code close_code_;
    ws::closed_by closed_by_;
};

}  // namespace patio::ws
