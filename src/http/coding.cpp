// SPDX-License-Identifier: MIT

#include "coding.hpp"

#include "decoding_stages.hpp"
#include "text_rules.hpp"

#include <patio/http/headers.hpp>

#include <algorithm>

namespace patio::http {

std::string_view name_of(coding each) noexcept {
    switch (each) {
        case coding::gzip:
            return "gzip";
        case coding::deflate:
            return "deflate";
        case coding::br:
            return "br";
        case coding::zstd:
            return "zstd";
    }
    return "";
}

coding_fault coding_list::add(coding each) noexcept {
    if (count_ == codings_max) return coding_fault::codings_max;
    all_[count_++] = each;
    return coding_fault::none;
}

coding_fault coding_list::read(std::string_view content_encoding) noexcept {
    while (!content_encoding.empty()) {
        const std::string_view name = trimmed(take_until(content_encoding, ','));
        if (name.empty() || is_same_name(name, "identity")) continue;
        coding_fault fault = coding_fault::unknown_coding;
        for (const coding each : {coding::gzip, coding::deflate, coding::br, coding::zstd})
            if (is_same_name(name, name_of(each))) fault = add(each);
        // An old name that is still to be understood (RFC 9110 section 8.4.1.3).
        if (is_same_name(name, "x-gzip")) fault = add(coding::gzip);
        if (fault != coding_fault::none) return fault;
    }
    return coding_fault::none;
}

struct decoder::level {
    std::unique_ptr<detail::decoding_stage> stage;
    std::size_t written = 0;
    // What the next level has not read yet. The last level has no buffer: it writes to the caller.
    std::vector<std::byte> buffer;
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] byte_view unread() const noexcept { return {buffer.data() + begin, end - begin}; }
};

decoder::decoder(const coding_list& codings, std::size_t output_bytes_max)
    : output_bytes_max_{output_bytes_max} {
    constexpr std::size_t between_bytes = std::size_t{16} << 10;
    levels_.reserve(codings.size());
    for (std::size_t i = codings.size(); i-- > 0;) {
        level& made = levels_.emplace_back();
        made.stage = detail::make_decoding_stage(codings[i]);
        if (made.stage == nullptr) fault_ = coding_fault::no_memory;
        if (i > 0) made.buffer.resize(between_bytes);
    }
}

decoder::decoder(decoder&& other) noexcept = default;
decoder& decoder::operator=(decoder&& other) noexcept = default;
decoder::~decoder() = default;

coding_step decoder::fail(coding_step step, coding_fault fault) noexcept {
    fault_ = fault;
    step.state = coding_state::failed;
    return step;
}

/// One level, within its limit.
coding_step decoder::run(level& at, byte_view input, byte_span room) {
    coding_step sum;
    for (;;) {
        const std::size_t left = output_bytes_max_ - at.written;
        // Behind the limit there is room for one byte, which says that there was more.
        std::byte beyond{};
        const byte_span part =
            left > 0 ? room.from(sum.written).first(left) : byte_span{&beyond, 1};
        const detail::stage_step now = at.stage->run(input.from(sum.read), part);
        sum.read += now.step.read;
        sum.state = now.step.state;
        if (left > 0) {
            sum.written += now.step.written;
            at.written += now.step.written;
        }
        if (now.fault != coding_fault::none) return fail(sum, now.fault);
        if (left == 0 && now.step.written > 0) return fail(sum, coding_fault::output_bytes_max);
        if (sum.state != coding_state::wants_room || sum.written == room.size()) return sum;
    }
}

/// What the levels up to this one make of the input.
coding_step decoder::pull(std::size_t index, byte_view input, byte_span room) {
    if (index == 0) return run(levels_[0], input, room);
    level& below = levels_[index - 1];
    coding_step sum;
    for (;;) {
        const coding_step now = run(levels_[index], below.unread(), room.from(sum.written));
        below.begin += now.read;
        sum.written += now.written;
        sum.state = now.state;
        if (now.state != coding_state::wants_input) return sum;
        const coding_step refill = pull(index - 1, input.from(sum.read), below.buffer);
        sum.read += refill.read;
        below.begin = 0;
        below.end = refill.written;
        if (refill.state == coding_state::failed) sum.state = coding_state::failed;
        if (refill.state == coding_state::failed || refill.written == 0) return sum;
        if (sum.written == room.size()) {
            sum.state = coding_state::wants_room;
            return sum;
        }
    }
}

coding_step decoder::decode(byte_view input, byte_span room) {
    coding_step step;
    if (fault_ != coding_fault::none) return fail(step, fault_);
    if (room.empty()) {
        step.state = coding_state::wants_room;
        return step;
    }
    if (!levels_.empty()) return pull(levels_.size() - 1, input, room);
    // Without a coding the bytes are copied, within the same limit.
    const byte_view part = input.first(room.size());
    step.read = step.written = part.size();
    if (part.size() > output_bytes_max_ - plain_bytes_) {
        step.written = 0;
        return fail(step, coding_fault::output_bytes_max);
    }
    plain_bytes_ += part.size();
    std::copy(part.begin(), part.end(), room.begin());
    step.state = part.size() < input.size() ? coding_state::wants_room : coding_state::wants_input;
    return step;
}

coding_fault decoder::finish() {
    if (fault_ != coding_fault::none) return fault_;
    for (const level& each : levels_)
        if (!each.stage->is_complete()) fault_ = coding_fault::truncated;
    return fault_;
}

void decoder::reset() {
    fault_ = coding_fault::none;
    plain_bytes_ = 0;
    for (level& each : levels_) {
        const coding_fault fault =
            each.stage == nullptr ? coding_fault::no_memory : each.stage->reset();
        if (fault != coding_fault::none) fault_ = fault;
        each.written = each.begin = each.end = 0;
    }
}

}  // namespace patio::http
