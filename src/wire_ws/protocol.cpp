// SPDX-License-Identifier: MIT

#include "protocol.hpp"

namespace patio::wire::ws {

close_code close_code_of(read_error error) noexcept {
    switch (error) {
        case read_error::none:
            return close_code::normal;
        // The frames were in order, what they hold is not of its type. RFC 7692 gives no code for
        // data that does not inflate; this is the one whose text fits.
        case read_error::close_reason_not_utf8:
        case read_error::text_not_utf8:
        case read_error::compressed_data_invalid:
            return close_code::invalid_data;
        case read_error::frame_too_big:
        case read_error::message_too_big:
            return close_code::too_big;
        // Such a message need not be big, so 1009 would lead whoever reads the log astray.
        case read_error::too_many_fragments:
            return close_code::policy_violation;
        default:
            return close_code::protocol_error;
    }
}

const char* describe(read_error error) noexcept {
    switch (error) {
        case read_error::none:
            return "no error";
        case read_error::reserved_bits:
            return "a reserved bit is set";
        case read_error::reserved_opcode:
            return "the opcode is reserved";
        case read_error::fragmented_control:
            return "a control frame is fragmented";
        case read_error::control_too_long:
            return "a control frame has more than 125 bytes";
        case read_error::mask_missing:
            return "a client's frame is not masked";
        case read_error::mask_unexpected:
            return "a server's frame is masked";
        case read_error::length_not_minimal:
            return "a length takes more bytes than it needs";
        case read_error::length_top_bit:
            return "the top bit of a length is set";
        case read_error::continuation_without_message:
            return "a continuation without a message to continue";
        case read_error::message_inside_message:
            return "a message begins inside of another";
        case read_error::frame_too_big:
            return "a frame is larger than frame_bytes_max";
        case read_error::message_too_big:
            return "a message is larger than message_bytes_max";
        case read_error::too_many_fragments:
            return "a message has more frames than fragments_max";
        case read_error::close_payload_of_one_byte:
            return "a Close frame has one byte";
        case read_error::close_code_invalid:
            return "a Close frame has a code that may not be sent";
        case read_error::close_reason_not_utf8:
            return "the reason in a Close frame is not UTF-8";
        case read_error::text_not_utf8:
            return "a text is not UTF-8";
        case read_error::compressed_data_invalid:
            return "a message does not inflate";
    }
    return "an unknown error";
}

}  // namespace patio::wire::ws
