// SPDX-License-Identifier: MIT
#pragma once

// Content codings: bodies that are sent compressed.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace patio::http {

/// **Source** RFC 9110 section 8.4.1; RFC 7932; RFC 8878.
enum class coding : std::uint8_t { gzip, deflate, br, zstd };

[[nodiscard]] PATIO_EXPORT std::string_view name_of(coding each) noexcept;

enum class coding_fault : std::uint8_t {
    none,
    /// A name that no coding has, or one that cannot be written.
    unknown_coding,
    /// More codings, one upon the other, than `coding_list::codings_max`.
    codings_max,
    /// These bytes are not of this coding, or a checksum is wrong.
    malformed,
    /// The input has ended in the middle.
    truncated,
    /// More comes out than the limit of that name allows, at some step of several codings.
    output_bytes_max,
    /// The coding's library has got no memory.
    no_memory,
};

/// The codings of a body in the order in which they were applied.
class PATIO_EXPORT coding_list {
public:
    static constexpr std::size_t codings_max = 4;

    /// Adds those of one Content-Encoding field, whose names are compared without regard to case;
    /// `identity` and empty elements are none. **Source** RFC 9110 section 8.4.
    [[nodiscard]] coding_fault read(std::string_view content_encoding) noexcept;
    [[nodiscard]] coding_fault add(coding each) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] coding operator[](std::size_t index) const noexcept { return all_[index]; }

private:
    std::array<coding, codings_max> all_{};
    std::size_t count_ = 0;
};

enum class coding_state : std::uint8_t {
    /// All input was read, and all that it gives was written.
    wants_input,
    /// The room is full: more may come without further input.
    wants_room,
    /// Of an encoder: the last byte was written.
    ended,
    failed,
};

struct coding_step {
    std::size_t read = 0;
    std::size_t written = 0;
    coding_state state = coding_state::wants_input;
};

namespace detail {

class decoding_stage;
class encoding_stage;

}  // namespace detail

/// Takes the codings off a body: coded bytes in, plain bytes out, as much at a time as there is
/// room for.
///
/// ```
/// coding_step step = machine.decode(input, room);  // again with the rest while it wants room
/// if (machine.finish() == coding_fault::none) …    // when there is no more input
/// ```
///
/// As browsers do it: `gzip` may have several members; `deflate` is zlib's format or, against the
/// RFC, bare deflate; what follows the end of gzip, deflate or br is ignored; behind a zstd frame
/// only further frames may follow; a body of no bytes is an empty one. Unlike them: a body that is
/// cut off is an error.
///
/// **Cost** memory: 40 KiB for gzip and deflate, up to 16 MiB for br and 8 MiB for zstd (what a
/// sender may demand, RFC 9659), 16 KiB between two codings; allocated once. CPU: in proportion to
/// input and output; `output_bytes_max` also holds between codings, so that no input costs more.
class PATIO_EXPORT decoder {
public:
    decoder(const coding_list& codings, std::size_t output_bytes_max);
    decoder(decoder&& other) noexcept;
    decoder& operator=(decoder&& other) noexcept;
    ~decoder();

    /// One step. An empty room wants room.
    [[nodiscard]] coding_step decode(byte_view input, byte_span room);
    /// Says that no input follows. Only after a step that wanted input.
    [[nodiscard]] coding_fault finish();
    [[nodiscard]] coding_fault fault() const noexcept { return fault_; }
    /// Begins another body of the same codings.
    void reset();

private:
    struct level;

    [[nodiscard]] coding_step run(level& at, byte_view input, byte_span room);
    [[nodiscard]] coding_step pull(std::size_t index, byte_view input, byte_span room);
    [[nodiscard]] coding_step fail(coding_step step, coding_fault fault) noexcept;

    std::vector<level> levels_;  // the coding that was applied last comes first
    std::size_t output_bytes_max_;
    std::size_t plain_bytes_ = 0;  // written, without a coding
    coding_fault fault_ = coding_fault::none;
};

enum class coding_end : std::uint8_t {
    none,
    /// What was written so far shall reach the reader, whatever that costs in size.
    flush,
    /// This is the last input.
    finish,
};

/// Puts one coding on a body: gzip, br or zstd. Not deflate, since nobody knows which of its two
/// formats a reader expects.
///
/// `encode` is called again, with the rest of the input and the same end, while it wants room.
///
/// **Cost** memory: 260 KiB for gzip, 4 MiB for br and for zstd, at the default levels.
class PATIO_EXPORT encoder {
public:
    /// The coding's own idea of a level: gzip 1 to 9 (6), br 0 to 11 (4), zstd 1 to 19 (3). What is
    /// beyond is the nearest.
    static constexpr int level_default = -1;

    explicit encoder(coding with, int level = level_default);
    encoder(encoder&& other) noexcept;
    encoder& operator=(encoder&& other) noexcept;
    ~encoder();

    [[nodiscard]] coding_step encode(byte_view input, byte_span room, coding_end end);
    [[nodiscard]] coding_fault fault() const noexcept { return fault_; }
    /// Begins another body.
    void reset();

private:
    std::unique_ptr<detail::encoding_stage> stage_;
    coding_fault fault_ = coding_fault::none;
    bool has_ended_ = false;
};

}  // namespace patio::http
