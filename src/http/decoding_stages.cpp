// SPDX-License-Identifier: MIT

#include "decoding_stages.hpp"

#include <algorithm>
#include <utility>

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace patio::http::detail {

namespace {

// zlib counts in unsigned int.
constexpr std::size_t piece_bytes_max = std::size_t{1} << 30;

unsigned char byte_at(byte_view bytes, std::size_t index) noexcept {
    return std::to_integer<unsigned char>(bytes.data()[index]);
}

stage_step failed(coding_step step, coding_fault fault) noexcept {
    step.state = coding_state::failed;
    return {step, fault};
}

/// What both formats around deflate have in common. **Source** RFC 1950 to 1952.
class inflating_stage : public decoding_stage {
public:
    explicit inflating_stage(int window_bits) noexcept : window_bits_{window_bits} {
        is_open_ = ::inflateInit2(&zlib_, window_bits) == Z_OK;
    }
    ~inflating_stage() override {
        if (is_open_) ::inflateEnd(&zlib_);
    }
    inflating_stage(const inflating_stage&) = delete;
    inflating_stage& operator=(const inflating_stage&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return is_open_; }
    coding_fault reset() override { return reset_to(window_bits_); }

protected:
    enum class progress : std::uint8_t { going, ended, failed };

    coding_fault reset_to(int window_bits) noexcept {
        return ::inflateReset2(&zlib_, window_bits) == Z_OK ? coding_fault::none
                                                            : coding_fault::no_memory;
    }
    /// Inflates until the input is read, the room is full or the data ends.
    progress inflate(byte_view input, byte_span room, stage_step& into) noexcept {
        const byte_view in = input.from(into.step.read).first(piece_bytes_max);
        const byte_span out = room.from(into.step.written).first(piece_bytes_max);
        // zlib promises not to write there; its header predates const.
        zlib_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
        zlib_.avail_in = static_cast<uInt>(in.size());
        zlib_.next_out = reinterpret_cast<Bytef*>(out.data());
        zlib_.avail_out = static_cast<uInt>(out.size());
        const int result = ::inflate(&zlib_, Z_NO_FLUSH);
        into.step.read += in.size() - zlib_.avail_in;
        into.step.written += out.size() - zlib_.avail_out;
        if (result == Z_STREAM_END) return progress::ended;
        if (result == Z_OK) return progress::going;
        // No progress: the input is used up, or the room is.
        if (result == Z_BUF_ERROR) return progress::going;
        into = failed(into.step,
                      result == Z_MEM_ERROR ? coding_fault::no_memory : coding_fault::malformed);
        return progress::failed;
    }
    /// Bytes that are not of the input: the beginning that was looked at before.
    bool feed(const unsigned char* bytes, std::size_t count) noexcept {
        zlib_.next_in = const_cast<Bytef*>(bytes);
        zlib_.avail_in = static_cast<uInt>(count);
        unsigned char none = 0;
        zlib_.next_out = &none;
        zlib_.avail_out = 0;
        const int result = ::inflate(&zlib_, Z_NO_FLUSH);
        return (result == Z_OK || result == Z_BUF_ERROR) && zlib_.avail_in == 0;
    }

private:
    z_stream zlib_{};
    int window_bits_;
    bool is_open_ = false;
};

class gzip_stage final : public inflating_stage {
public:
    gzip_stage() noexcept : inflating_stage{MAX_WBITS + 16} {}

    stage_step run(byte_view input, byte_span room) override {
        stage_step now;
        for (;;) {
            if (now.step.written == room.size()) {
                now.step.state = coding_state::wants_room;
                return now;
            }
            const std::size_t read_before = now.step.read;
            const std::size_t written_before = now.step.written;
            if (phase_ == phase::ignoring) {
                now.step.read = input.size();
            } else if (phase_ == phase::between) {
                look_for_member(input, now);
                if (now.step.state == coding_state::failed) return now;
            } else {
                if (now.step.read < input.size()) has_begun_ = true;
                const progress how = inflate(input, room, now);
                if (how == progress::failed) return now;
                if (how == progress::ended) {
                    phase_ = phase::between;
                    continue;
                }
            }
            if (now.step.read == read_before && now.step.written == written_before) break;
        }
        now.step.state = coding_state::wants_input;
        return now;
    }

    [[nodiscard]] bool is_complete() const noexcept override {
        return !has_begun_ || phase_ != phase::inside;
    }

    coding_fault reset() override {
        phase_ = phase::inside;
        magic_seen_ = false;
        has_begun_ = false;
        return inflating_stage::reset();
    }

private:
    enum class phase : std::uint8_t { inside, between, ignoring };

    /// RFC 1952 section 2.2: members follow each other. What does not begin as one is ignored, such
    /// as the zeros that fill up a tape's block.
    void look_for_member(byte_view input, stage_step& now) noexcept {
        static constexpr unsigned char magic[] = {0x1F, 0x8B};
        if (now.step.read == input.size()) return;
        const unsigned char next = byte_at(input, now.step.read++);
        if (next != magic[magic_seen_ ? 1 : 0]) {
            phase_ = phase::ignoring;
        } else if (!magic_seen_) {
            magic_seen_ = true;
        } else {
            magic_seen_ = false;
            phase_ = phase::inside;
            coding_fault fault = inflating_stage::reset();
            if (fault == coding_fault::none && !feed(magic, 2)) fault = coding_fault::malformed;
            if (fault != coding_fault::none) now = failed(now.step, fault);
        }
    }

    phase phase_ = phase::inside;
    bool magic_seen_ = false;  // the first of its two bytes
    bool has_begun_ = false;
};

class deflate_stage final : public inflating_stage {
public:
    deflate_stage() noexcept : inflating_stage{MAX_WBITS} {}

    stage_step run(byte_view input, byte_span room) override {
        stage_step now;
        while (phase_ == phase::first || phase_ == phase::second) {
            if (now.step.read == input.size()) return now;
            if (!sniff(byte_at(input, now.step.read++), now)) return now;
        }
        for (;;) {
            if (phase_ == phase::ignoring) {
                now.step.read = input.size();
                now.step.state = coding_state::wants_input;
                return now;
            }
            if (now.step.written == room.size()) {
                now.step.state = coding_state::wants_room;
                return now;
            }
            const std::size_t read_before = now.step.read;
            const std::size_t written_before = now.step.written;
            const progress how = inflate(input, room, now);
            if (how == progress::failed) return now;
            if (how == progress::ended) {
                phase_ = phase::ignoring;
            } else if (now.step.read == read_before && now.step.written == written_before) {
                now.step.state = coding_state::wants_input;
                return now;
            }
        }
    }

    [[nodiscard]] bool is_complete() const noexcept override {
        return phase_ == phase::first || phase_ == phase::ignoring;
    }

    coding_fault reset() override {
        phase_ = phase::first;
        return inflating_stage::reset();
    }

private:
    enum class phase : std::uint8_t { first, second, inside, ignoring };

    /// Two bytes tell zlib's header (RFC 1950 section 2.2) from bare deflate: a block of the latter
    /// that looked like it would be a stored one with padding that no encoder writes.
    bool sniff(unsigned char next, stage_step& now) noexcept {
        if (phase_ == phase::first) {
            first_byte_ = next;
            phase_ = phase::second;
            return true;
        }
        const bool is_zlib = (first_byte_ & 0x0F) == Z_DEFLATED && (first_byte_ >> 4) <= 7 &&
                             (first_byte_ * 256 + next) % 31 == 0;
        phase_ = phase::inside;
        const unsigned char begin[] = {first_byte_, next};
        coding_fault fault = reset_to(is_zlib ? MAX_WBITS : -MAX_WBITS);
        if (fault == coding_fault::none && !feed(begin, is_zlib ? 2 : 1))
            fault = coding_fault::malformed;
        if (fault != coding_fault::none) {
            now = failed(now.step, fault);
            return false;
        }
        if (!is_zlib) --now.step.read;  // the second one is read again, as data
        return true;
    }

    phase phase_ = phase::first;
    unsigned char first_byte_ = 0;
};

/// **Source** RFC 7932.
class brotli_stage final : public decoding_stage {
public:
    brotli_stage() noexcept { reset(); }
    ~brotli_stage() override { ::BrotliDecoderDestroyInstance(brotli_); }
    brotli_stage(const brotli_stage&) = delete;
    brotli_stage& operator=(const brotli_stage&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return brotli_ != nullptr; }

    stage_step run(byte_view input, byte_span room) override {
        stage_step now;
        if (has_ended_ || (input.empty() && !has_begun_)) {
            now.step.read = input.size();
            return now;
        }
        has_begun_ = true;
        std::size_t in_left = input.size();
        const auto* in = reinterpret_cast<const std::uint8_t*>(input.data());
        std::size_t out_left = room.size();
        auto* out = reinterpret_cast<std::uint8_t*>(room.data());
        const BrotliDecoderResult result =
            ::BrotliDecoderDecompressStream(brotli_, &in_left, &in, &out_left, &out, nullptr);
        now.step.read = input.size() - in_left;
        now.step.written = room.size() - out_left;
        switch (result) {
            case BROTLI_DECODER_RESULT_SUCCESS:
                has_ended_ = true;
                now.step.read = input.size();
                return now;
            case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
                // It says so, too, if the room was too small for what it has.
                if (::BrotliDecoderHasMoreOutput(brotli_) != BROTLI_FALSE)
                    now.step.state = coding_state::wants_room;
                return now;
            case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
                now.step.state = coding_state::wants_room;
                return now;
            case BROTLI_DECODER_RESULT_ERROR:
                break;
        }
        const BrotliDecoderErrorCode code = ::BrotliDecoderGetErrorCode(brotli_);
        const bool is_memory = code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                               code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
        return failed(now.step, is_memory ? coding_fault::no_memory : coding_fault::malformed);
    }

    [[nodiscard]] bool is_complete() const noexcept override { return has_ended_ || !has_begun_; }

    /// The library cannot begin again with what it has.
    coding_fault reset() override {
        has_begun_ = has_ended_ = false;
        ::BrotliDecoderDestroyInstance(brotli_);
        brotli_ = ::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
        return is_open() ? coding_fault::none : coding_fault::no_memory;
    }

private:
    BrotliDecoderState* brotli_ = nullptr;
    bool has_begun_ = false;
    bool has_ended_ = false;
};

/// **Source** RFC 8878; RFC 9659 for the window.
class zstd_stage final : public decoding_stage {
public:
    zstd_stage() noexcept : zstd_{::ZSTD_createDCtx()} {
        constexpr int window_log_max = 23;
        if (is_open()) ::ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, window_log_max);
    }
    ~zstd_stage() override { ::ZSTD_freeDCtx(zstd_); }
    zstd_stage(const zstd_stage&) = delete;
    zstd_stage& operator=(const zstd_stage&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return zstd_ != nullptr; }

    stage_step run(byte_view input, byte_span room) override {
        stage_step now;
        for (;;) {
            byte_view piece = input.from(now.step.read);
            if (magic_bytes_ < 4) {
                piece = piece.first(4 - magic_bytes_);
                if (!is_magic(piece)) return failed(now.step, coding_fault::malformed);
            }
            // The library takes many calls without progress for a mistake.
            if (piece.empty() && (magic_bytes_ == 0 || is_flushed_)) return now;
            ZSTD_inBuffer in{piece.data(), piece.size(), 0};
            ZSTD_outBuffer out{room.data(), room.size(), now.step.written};
            const std::size_t result = ::ZSTD_decompressStream(zstd_, &out, &in);
            now.step.read += in.pos;
            now.step.written = out.pos;
            if (::ZSTD_isError(result) != 0) {
                const bool is_memory = ::ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
                return failed(now.step,
                              is_memory ? coding_fault::no_memory : coding_fault::malformed);
            }
            magic_bytes_ = result == 0 ? 0 : std::min<std::size_t>(magic_bytes_ + in.pos, 4);
            is_flushed_ = now.step.written < room.size();
            if (!is_flushed_) now.step.state = coding_state::wants_room;
            if (!is_flushed_ || now.step.read == input.size()) return now;
        }
    }

    [[nodiscard]] bool is_complete() const noexcept override { return magic_bytes_ == 0; }

    coding_fault reset() override {
        magic_bytes_ = 0;
        is_flushed_ = true;
        ::ZSTD_DCtx_reset(zstd_, ZSTD_reset_session_only);
        return coding_fault::none;
    }

private:
    /// Whether a frame goes on so. The library would also read the formats that it had before its
    /// own RFC, with code that hardly anybody has looked at since.
    [[nodiscard]] bool is_magic(byte_view piece) noexcept {
        constexpr unsigned char frame[] = {0x28, 0xB5, 0x2F, 0xFD};
        constexpr unsigned char skippable[] = {0x50, 0x2A, 0x4D, 0x18};
        for (std::size_t i = 0; i < piece.size(); ++i) {
            const std::size_t at = magic_bytes_ + i;
            const unsigned char next = byte_at(piece, i);
            if (at == 0) is_skippable_ = (next & 0xF0) == skippable[0];
            if (at == 0 && is_skippable_) continue;
            if (next != (is_skippable_ ? skippable : frame)[at]) return false;
        }
        return true;
    }

    ZSTD_DCtx* zstd_;
    std::size_t magic_bytes_ = 0;  // of the frame's first four; 0 between frames
    bool is_skippable_ = false;
    bool is_flushed_ = true;
};

template <class Stage>
std::unique_ptr<decoding_stage> make() {
    auto stage = std::make_unique<Stage>();
    if (!stage->is_open()) return nullptr;
    return stage;
}

}  // namespace

std::unique_ptr<decoding_stage> make_decoding_stage(coding of) {
    switch (of) {
        case coding::gzip:
            return make<gzip_stage>();
        case coding::deflate:
            return make<deflate_stage>();
        case coding::br:
            return make<brotli_stage>();
        case coding::zstd:
            return make<zstd_stage>();
    }
    return nullptr;
}

}  // namespace patio::http::detail
