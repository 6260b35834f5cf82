// SPDX-License-Identifier: MIT

#include "coding.hpp"

#include <algorithm>
#include <utility>

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

namespace patio::http {

namespace detail {

class encoding_stage {
public:
    virtual ~encoding_stage() = default;
    /// `failed` can only mean that there is no memory.
    virtual coding_step run(byte_view input, byte_span room, coding_end end) = 0;
    virtual bool reset() = 0;
};

namespace {

constexpr std::size_t coded_bytes_max = std::size_t{1} << 30;  // zlib counts in unsigned int

int level_within(int level, int min, int max, int otherwise) noexcept {
    return level == encoder::level_default ? otherwise : std::clamp(level, min, max);
}

class gzip_writer final : public encoding_stage {
public:
    explicit gzip_writer(int level) noexcept {
        constexpr int memory_level = 8;  // zlib's default
        is_open_ = ::deflateInit2(&zlib_, level_within(level, 1, 9, 6), Z_DEFLATED, MAX_WBITS + 16,
                                  memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
    }
    ~gzip_writer() override {
        if (is_open_) ::deflateEnd(&zlib_);
    }
    gzip_writer(const gzip_writer&) = delete;
    gzip_writer& operator=(const gzip_writer&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return is_open_; }

    coding_step run(byte_view input, byte_span room, coding_end end) override {
        coding_step now;
        for (;;) {
            const byte_view kept = byte_view{spill_}.first(spill_end_).from(spill_begin_);
            const byte_view given = kept.first(room.size() - now.written);
            std::copy(given.begin(), given.end(), room.begin() + now.written);
            now.written += given.size();
            spill_begin_ += given.size();
            if (given.size() < kept.size() || now.written == room.size()) {
                now.state = coding_state::wants_room;
                return now;
            }
            if (progress_ != progress::going) {
                now.state =
                    progress_ == progress::ended ? coding_state::ended : coding_state::failed;
                return now;
            }
            if (!advance(input, room, end, now)) return now;
        }
    }

    bool reset() override {
        progress_ = progress::going;
        spill_begin_ = spill_end_ = 0;
        return ::deflateReset(&zlib_) == Z_OK;
    }

private:
    enum class progress : std::uint8_t { going, ended, failed };

    /// **Returns** false when there is nothing more to do with this input.
    bool advance(byte_view input, byte_span room, coding_end end, coding_step& now) noexcept {
        byte_span out = room.from(now.written).first(coded_bytes_max);
        const bool is_small = out.size() < sizeof spill_;
        if (is_small) out = spill_;
        const byte_view in = input.from(now.read).first(coded_bytes_max);
        const bool is_last = now.read + in.size() == input.size();
        const int flush = !is_last || end == coding_end::none ? Z_NO_FLUSH
                          : end == coding_end::flush          ? Z_SYNC_FLUSH
                                                              : Z_FINISH;
        zlib_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
        zlib_.avail_in = static_cast<uInt>(in.size());
        zlib_.next_out = reinterpret_cast<Bytef*>(out.data());
        zlib_.avail_out = static_cast<uInt>(out.size());
        const int result = ::deflate(&zlib_, flush);
        if (result == Z_STREAM_END) progress_ = progress::ended;
        if (result == Z_STREAM_ERROR) progress_ = progress::failed;
        const std::size_t made = out.size() - zlib_.avail_out;
        now.read += in.size() - zlib_.avail_in;
        if (is_small) {
            spill_begin_ = 0;
            spill_end_ = made;
        } else {
            now.written += made;
        }
        return made > 0 || !is_last || progress_ != progress::going;
    }

    z_stream zlib_{};
    progress progress_ = progress::going;
    // What comes out while there is little room. If zlib has just filled its room it begins a flush
    // anew at the next call, and would never end one in rooms that are as small as the mark of a
    // flush: its manual asks for more than six bytes.
    std::byte spill_[64] = {};
    std::size_t spill_begin_ = 0;
    std::size_t spill_end_ = 0;
    bool is_open_ = false;
};

class brotli_writer final : public encoding_stage {
public:
    explicit brotli_writer(int level) noexcept : quality_{level_within(level, 0, 11, 4)} {
        reset();
    }
    ~brotli_writer() override { ::BrotliEncoderDestroyInstance(brotli_); }
    brotli_writer(const brotli_writer&) = delete;
    brotli_writer& operator=(const brotli_writer&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return brotli_ != nullptr; }

    coding_step run(byte_view input, byte_span room, coding_end end) override {
        const BrotliEncoderOperation operation = end == coding_end::none ? BROTLI_OPERATION_PROCESS
                                                 : end == coding_end::flush
                                                     ? BROTLI_OPERATION_FLUSH
                                                     : BROTLI_OPERATION_FINISH;
        coding_step now;
        std::size_t in_left = input.size();
        const auto* in = reinterpret_cast<const std::uint8_t*>(input.data());
        std::size_t out_left = room.size();
        auto* out = reinterpret_cast<std::uint8_t*>(room.data());
        for (;;) {
            const BROTLI_BOOL is_good = ::BrotliEncoderCompressStream(
                brotli_, operation, &in_left, &in, &out_left, &out, nullptr);
            now.read = input.size() - in_left;
            now.written = room.size() - out_left;
            if (is_good == BROTLI_FALSE) {
                now.state = coding_state::failed;
            } else if (::BrotliEncoderIsFinished(brotli_) != BROTLI_FALSE) {
                now.state = coding_state::ended;
            } else if (out_left == 0) {
                now.state = coding_state::wants_room;
            } else if (in_left > 0 || ::BrotliEncoderHasMoreOutput(brotli_) != BROTLI_FALSE) {
                continue;
            }
            return now;
        }
    }

    bool reset() override {
        constexpr std::uint32_t window_log = 18;  // 4 MiB, the default, is much for one connection
        ::BrotliEncoderDestroyInstance(brotli_);
        brotli_ = ::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
        if (!is_open()) return false;
        ::BrotliEncoderSetParameter(brotli_, BROTLI_PARAM_QUALITY,
                                    static_cast<std::uint32_t>(quality_));
        ::BrotliEncoderSetParameter(brotli_, BROTLI_PARAM_LGWIN, window_log);
        return true;
    }

private:
    int quality_;
    BrotliEncoderState* brotli_ = nullptr;
};

class zstd_writer final : public encoding_stage {
public:
    explicit zstd_writer(int level) noexcept : zstd_{::ZSTD_createCCtx()} {
        if (!is_open()) return;
        constexpr int window_log = 21;  // that of level 3; RFC 9659 allows 23
        ::ZSTD_CCtx_setParameter(zstd_, ZSTD_c_compressionLevel, level_within(level, 1, 19, 3));
        ::ZSTD_CCtx_setParameter(zstd_, ZSTD_c_windowLog, window_log);
        ::ZSTD_CCtx_setParameter(zstd_, ZSTD_c_checksumFlag, 1);
    }
    ~zstd_writer() override { ::ZSTD_freeCCtx(zstd_); }
    zstd_writer(const zstd_writer&) = delete;
    zstd_writer& operator=(const zstd_writer&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return zstd_ != nullptr; }

    coding_step run(byte_view input, byte_span room, coding_end end) override {
        const ZSTD_EndDirective directive = end == coding_end::none    ? ZSTD_e_continue
                                            : end == coding_end::flush ? ZSTD_e_flush
                                                                       : ZSTD_e_end;
        coding_step now;
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{room.data(), room.size(), 0};
        for (;;) {
            const std::size_t left = ::ZSTD_compressStream2(zstd_, &out, &in, directive);
            now.read = in.pos;
            now.written = out.pos;
            if (::ZSTD_isError(left) != 0) {
                now.state = coding_state::failed;
            } else if (left == 0 && end == coding_end::finish) {
                now.state = coding_state::ended;
            } else if (out.pos == out.size) {
                now.state = coding_state::wants_room;
            } else if (in.pos < in.size || (left > 0 && end != coding_end::none)) {
                continue;
            }
            return now;
        }
    }

    bool reset() override {
        return ::ZSTD_isError(::ZSTD_CCtx_reset(zstd_, ZSTD_reset_session_only)) == 0;
    }

private:
    ZSTD_CCtx* zstd_;
};

template <class Stage>
std::unique_ptr<encoding_stage> make(int level) {
    auto stage = std::make_unique<Stage>(level);
    if (!stage->is_open()) return nullptr;
    return stage;
}

}  // namespace
}  // namespace detail

encoder::encoder(coding with, int level) {
    fault_ = coding_fault::no_memory;
    if (with == coding::gzip) stage_ = detail::make<detail::gzip_writer>(level);
    if (with == coding::br) stage_ = detail::make<detail::brotli_writer>(level);
    if (with == coding::zstd) stage_ = detail::make<detail::zstd_writer>(level);
    if (with == coding::deflate) fault_ = coding_fault::unknown_coding;
    if (stage_ != nullptr) fault_ = coding_fault::none;
}

encoder::encoder(encoder&& other) noexcept = default;
encoder& encoder::operator=(encoder&& other) noexcept = default;
encoder::~encoder() = default;

coding_step encoder::encode(byte_view input, byte_span room, coding_end end) {
    coding_step step;
    if (fault_ != coding_fault::none) {
        step.state = coding_state::failed;
    } else if (has_ended_) {
        step.state = coding_state::ended;
    } else if (room.empty()) {
        step.state = coding_state::wants_room;
    } else {
        step = stage_->run(input, room, end);
        has_ended_ = step.state == coding_state::ended;
        if (step.state == coding_state::failed) fault_ = coding_fault::no_memory;
    }
    return step;
}

void encoder::reset() {
    has_ended_ = false;
    if (stage_ == nullptr) return;
    fault_ = stage_->reset() ? coding_fault::none : coding_fault::no_memory;
}

}  // namespace patio::http
