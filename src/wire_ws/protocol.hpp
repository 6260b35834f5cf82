// SPDX-License-Identifier: MIT
#pragma once

// The words of RFC 6455 that reader, writer and session share.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <cstdint>

namespace patio::wire::ws {

/// Which end of the connection we are. A client masks its frames, a server does not, and each
/// refuses a peer that does otherwise. **Source** RFC 6455 section 5.1.
enum class role : std::uint8_t { server, client };

/// **Source** RFC 6455 section 5.2. The others up to 15 are reserved.
enum class opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

[[nodiscard]] constexpr bool is_control(opcode op) noexcept {
    return (static_cast<unsigned>(op) & 8U) != 0;
}

enum class message_kind : std::uint8_t { text = 1, binary = 2 };

/// Why a connection ends. The values between those named are numbers too: 3000 to 3999 for
/// libraries, 4000 to 4999 for applications. **Source** RFC 6455 section 7.4; IANA's "WebSocket
/// Close Code Number Registry" for 1012 to 1014.
enum class close_code : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    none = 1005,      ///< never on the wire: the Close frame was empty
    abnormal = 1006,  ///< never on the wire: there was no Close frame
    invalid_data = 1007,
    policy_violation = 1008,
    too_big = 1009,
    extension_missing = 1010,
    internal_error = 1011,
    service_restart = 1012,
    try_again_later = 1013,
    bad_gateway = 1014,
    tls_failed = 1015,  ///< never on the wire
};

/// Whether a Close frame may carry it.
[[nodiscard]] constexpr bool is_sendable(close_code code) noexcept {
    const auto number = static_cast<unsigned>(code);
    if (number >= 3000) return number <= 4999;
    return (number >= 1000 && number <= 1003) || (number >= 1007 && number <= 1014);
}

/// RFC 6455 section 5.5.
inline constexpr std::size_t control_bytes_max = 125;
/// What is left for the reason behind the two bytes of the code.
inline constexpr std::size_t close_reason_bytes_max = control_bytes_max - 2;

/// How a peer broke the protocol or a limit of ours.
enum class read_error : std::uint8_t {
    none,
    reserved_bits,
    reserved_opcode,
    fragmented_control,
    control_too_long,
    mask_missing,
    mask_unexpected,
    length_not_minimal,
    length_top_bit,
    continuation_without_message,
    message_inside_message,
    frame_too_big,
    message_too_big,
    too_many_fragments,
    close_payload_of_one_byte,
    close_code_invalid,
    close_reason_not_utf8,
    text_not_utf8,
    compressed_data_invalid,
};

/// What the Close frame says that ends a connection for this reason.
[[nodiscard]] PATIO_EXPORT close_code close_code_of(read_error error) noexcept;
/// In words; for a limit it has the limit's name.
[[nodiscard]] PATIO_EXPORT const char* describe(read_error error) noexcept;

}  // namespace patio::wire::ws
