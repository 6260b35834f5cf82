// SPDX-License-Identifier: MIT

#include "deflate.hpp"

#include <patio/base/assert.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

namespace patio::wire::ws {

namespace {

/// An empty block without compression, less its first byte. RFC 7692 section 7.2.1.
constexpr std::array<std::byte, 4> tail{std::byte{0}, std::byte{0}, std::byte{0xff},
                                        std::byte{0xff}};

/// zlib counts in unsigned int; what is beyond waits for the next call.
uInt clamp(std::size_t size) noexcept {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

/// zlib reads through a pointer that is not const, but does not write.
Bytef* bytes_of(byte_view bytes) noexcept {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}

Bytef* bytes_of(byte_span bytes) noexcept { return reinterpret_cast<Bytef*>(bytes.data()); }

/// zlib refuses a null pointer even for no bytes.
Bytef nothing[1];

/// Raw deflate in zlib has windows of 9 bits and more. One of 9 never refers back farther than 250
/// bytes (its MAX_DIST is the window less MIN_LOOKAHEAD, which is 262), so it keeps within 8 too.
int window_bits_for_deflate(int bits) noexcept { return std::max(bits, 9); }

}  // namespace

deflater::deflater(const settings& how) : between_messages_{how.between_messages} {
    PATIO_ASSERT(how.window_bits >= 8 && how.window_bits <= 15,
                 "the window of permessage-deflate has 8 to 15 bits");
    const int made =
        deflateInit2(&stream_, how.level, Z_DEFLATED, -window_bits_for_deflate(how.window_bits),
                     how.memory_level, Z_DEFAULT_STRATEGY);
    if (made == Z_MEM_ERROR) throw std::bad_alloc{};
    PATIO_ASSERT(made == Z_OK, "zlib refused the level or the memory level of a deflater");
}

deflater::~deflater() { deflateEnd(&stream_); }

std::size_t deflater::write(byte_view& input, byte_span output) {
    if (input.empty()) return 0;
    has_input_ = true;
    const uInt offered = clamp(input.size());
    const uInt room = clamp(output.size());
    stream_.next_in = bytes_of(input);
    stream_.avail_in = offered;
    stream_.next_out = bytes_of(output);
    stream_.avail_out = room;
    (void)deflate(&stream_, Z_NO_FLUSH);  // Z_BUF_ERROR means no progress: the sizes say it too
    input = input.from(offered - stream_.avail_in);
    return room - stream_.avail_out;
}

deflater::end deflater::finish(byte_span output) {
    PATIO_ASSERT(output.size() >= output_bytes_min, "a deflater needs room for 16 bytes");
    if (!has_input_) {
        // A second flush in a row writes nothing. RFC 7692 section 7.2.3.6: an empty message is the
        // first byte of an empty block.
        output.data()[0] = std::byte{0};
        return {1, true};
    }
    std::memcpy(output.data(), held_.data(), held_bytes_);
    const uInt room = clamp(output.size() - held_bytes_);
    stream_.next_in = nothing;
    stream_.avail_in = 0;
    stream_.next_out = bytes_of(output) + held_bytes_;
    stream_.avail_out = room;
    (void)deflate(&stream_, Z_SYNC_FLUSH);
    const std::size_t bytes = held_bytes_ + (room - stream_.avail_out);
    const bool is_done = stream_.avail_out > 0;
    PATIO_ASSERT(bytes >= tail.size(), "zlib flushed less than an empty block");
    std::memcpy(held_.data(), output.data() + bytes - tail.size(), tail.size());
    held_bytes_ = tail.size();
    if (is_done) {
        PATIO_ASSERT(held_ == tail, "zlib ended a flush without an empty block");
        held_bytes_ = 0;
        has_input_ = false;
        if (between_messages_ == context::dropped) deflateReset(&stream_);
    }
    return {bytes - tail.size(), is_done};
}

inflater::inflater(int window_bits, context between_messages)
    : between_messages_{between_messages} {
    PATIO_ASSERT(window_bits >= 8 && window_bits <= 15,
                 "the window of permessage-deflate has 8 to 15 bits");
    const int made = inflateInit2(&stream_, -window_bits);
    if (made == Z_MEM_ERROR) throw std::bad_alloc{};
    PATIO_ASSERT(made == Z_OK, "zlib refused to make an inflater");
}

inflater::~inflater() { inflateEnd(&stream_); }

inflater::piece inflater::read(byte_view& input, byte_span output) {
    const uInt room = clamp(output.size());
    stream_.next_out = bytes_of(output);
    stream_.avail_out = room;
    for (;;) {
        const uInt offered = clamp(input.size());
        const uInt room_before = stream_.avail_out;
        stream_.next_in = input.empty() ? nothing : bytes_of(input);
        stream_.avail_in = offered;
        const int got = inflate(&stream_, Z_SYNC_FLUSH);
        // zlib.h, inflate(): data_type is the unused bits, plus 64 in the last block, plus 128
        // behind the end of a block. A call that does nothing would take the 128 away.
        if (stream_.avail_in != offered || stream_.avail_out != room_before)
            is_between_blocks_ = (stream_.data_type & 0xff) == 128;
        input = input.from(offered - stream_.avail_in);
        const std::size_t bytes = room - stream_.avail_out;
        if (got == Z_MEM_ERROR) throw std::bad_alloc{};
        if (got == Z_STREAM_END) {
            // RFC 7692 section 7.2.3.4: a block may say that it is the last one, and the window
            // goes on. inflateReset() would forget it; taking the window out and putting it back
            // would let a peer have 64 KiB copied for each two bytes.
            inflateResetKeep(&stream_);
        } else if (got != Z_OK && got != Z_BUF_ERROR) {
            return {bytes, status::invalid};
        }
        if (stream_.avail_out == 0) return {bytes, status::output_full};
        if (input.empty()) return {bytes, status::input_used};
    }
}

inflater::piece inflater::finish(byte_span output) {
    byte_view rest = byte_view{tail}.from(tail_used_);
    piece got = read(rest, output);
    tail_used_ = static_cast<std::uint8_t>(tail.size() - rest.size());
    if (got.now != status::input_used) return got;
    // Else the message was cut off: the tail stands inside of a block.
    if (!is_between_blocks_) return {got.bytes, status::invalid};
    tail_used_ = 0;
    if (between_messages_ == context::dropped) inflateReset(&stream_);
    return got;
}

}  // namespace patio::wire::ws
