// SPDX-License-Identifier: MIT

#include "frame_head.hpp"

#include <cstring>

namespace patio::wire::ws {

namespace {

constexpr unsigned final_bit = 0x80;
constexpr unsigned compressed_bit = 0x40;  // RSV1
constexpr unsigned unknown_bits = 0x30;    // RSV2, RSV3
constexpr unsigned opcode_bits = 0x0f;
constexpr unsigned mask_bit = 0x80;
constexpr unsigned length_bits = 0x7f;
constexpr unsigned length_of_two_bytes = 126;
constexpr unsigned length_of_eight_bytes = 127;

void add_number(head_bytes& to, std::uint64_t number, unsigned bytes) noexcept {
    for (unsigned i = bytes; i-- > 0;)
        to.add(static_cast<std::byte>(number >> (8 * i) & 0xff));
}

std::uint64_t read_number(const std::byte* from, unsigned bytes) noexcept {
    std::uint64_t number = 0;
    for (unsigned i = 0; i < bytes; ++i)
        number = number << 8 | std::to_integer<std::uint64_t>(from[i]);
    return number;
}

bool is_known(unsigned op) noexcept { return op <= 2 || (op >= 8 && op <= 10); }

read_error check_first(unsigned first, const head_rules& rules) noexcept {
    if ((first & unknown_bits) != 0) return read_error::reserved_bits;
    const unsigned number = first & opcode_bits;
    const bool is_compressed = (first & compressed_bit) != 0;
    // Only the first frame of a message says that it is compressed.
    const bool may_be_compressed = rules.is_compression_agreed && (number == 1 || number == 2);
    if (is_compressed && !may_be_compressed) return read_error::reserved_bits;
    if (!is_known(number)) return read_error::reserved_opcode;
    const auto op = static_cast<opcode>(number);
    if (is_control(op)) {
        return (first & final_bit) == 0 ? read_error::fragmented_control : read_error::none;
    }
    if (op == opcode::continuation) {
        return rules.is_inside_message ? read_error::none
                                       : read_error::continuation_without_message;
    }
    return rules.is_inside_message ? read_error::message_inside_message : read_error::none;
}

read_error check_second(unsigned second, opcode op, role self) noexcept {
    const bool is_masked = (second & mask_bit) != 0;
    if (self == role::server && !is_masked) return read_error::mask_missing;
    if (self == role::client && is_masked) return read_error::mask_unexpected;
    if (is_control(op) && (second & length_bits) > control_bytes_max)
        return read_error::control_too_long;
    return read_error::none;
}

unsigned extra_length_bytes(unsigned second) noexcept {
    const unsigned length = second & length_bits;
    if (length == length_of_two_bytes) return 2;
    return length == length_of_eight_bytes ? 8 : 0;
}

}  // namespace

head_bytes encode(const frame_head& head) noexcept {
    head_bytes bytes;
    unsigned first = static_cast<unsigned>(head.op);
    if (head.is_final) first |= final_bit;
    if (head.is_compressed) first |= compressed_bit;
    bytes.add(static_cast<std::byte>(first));
    const unsigned mask = head.mask ? mask_bit : 0U;
    if (head.payload_bytes < length_of_two_bytes) {
        bytes.add(static_cast<std::byte>(mask | static_cast<unsigned>(head.payload_bytes)));
    } else if (head.payload_bytes <= 0xffff) {
        bytes.add(static_cast<std::byte>(mask | length_of_two_bytes));
        add_number(bytes, head.payload_bytes, 2);
    } else {
        bytes.add(static_cast<std::byte>(mask | length_of_eight_bytes));
        add_number(bytes, head.payload_bytes, 8);
    }
    if (head.mask) {
        for (const std::byte each : *head.mask)
            bytes.add(each);
    }
    return bytes;
}

head_scan scan_head(byte_view bytes, const head_rules& rules) noexcept {
    head_scan scan;
    const auto fail = [&scan](read_error error) {
        scan.error = error;
        return scan;
    };
    if (bytes.empty()) return scan;
    const auto first = std::to_integer<unsigned>(bytes.data()[0]);
    if (const auto error = check_first(first, rules); error != read_error::none) return fail(error);
    scan.head.op = static_cast<opcode>(first & opcode_bits);
    scan.head.is_final = (first & final_bit) != 0;
    scan.head.is_compressed = (first & compressed_bit) != 0;

    if (bytes.size() < 2) return scan;
    const auto second = std::to_integer<unsigned>(bytes.data()[1]);
    if (const auto error = check_second(second, scan.head.op, rules.self);
        error != read_error::none) {
        return fail(error);
    }
    const unsigned extra = extra_length_bytes(second);
    const bool is_masked = (second & mask_bit) != 0;
    const unsigned needed = 2U + extra + (is_masked ? 4U : 0U);
    scan.bytes_needed = static_cast<std::uint8_t>(needed);

    scan.head.payload_bytes = second & length_bits;
    if (extra == 8 && bytes.size() > 2 && (bytes.data()[2] & std::byte{0x80}) != std::byte{0})
        return fail(read_error::length_top_bit);
    if (bytes.size() < 2U + extra) return scan;
    if (extra != 0) {
        scan.head.payload_bytes = read_number(bytes.data() + 2, extra);
        const std::uint64_t least = extra == 2 ? length_of_two_bytes : 0x10000;
        if (scan.head.payload_bytes < least) return fail(read_error::length_not_minimal);
    }
    if (bytes.size() < needed) return scan;
    if (is_masked) {
        scan.head.mask.emplace();
        std::memcpy(scan.head.mask->data(), bytes.data() + 2 + extra, scan.head.mask->size());
    }
    scan.is_complete = true;
    return scan;
}

}  // namespace patio::wire::ws
