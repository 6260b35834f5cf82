// SPDX-License-Identifier: MIT

#include "byte_ranges.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace patio::http::detail {

namespace {

using wire::http::byte_range;

/// About what a head takes.
constexpr std::uint64_t gap_bytes_max = 80;

/// Random: who chooses the content of a file must not be able to end a part of it.
std::string make_boundary() {
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuv";
    std::random_device source;
    std::string made;
    while (made.size() < 24) {
        unsigned bits = source();
        for (int i = 0; i < 6; ++i, bits >>= 5U)
            made.push_back(letters[bits & 31U]);
    }
    return made;
}

bool are_close(const byte_range& a, const byte_range& b) noexcept {
    const byte_range& low = a.first <= b.first ? a : b;
    const byte_range& high = a.first <= b.first ? b : a;
    return high.first <= low.last || high.first - low.last - 1 <= gap_bytes_max;
}

}  // namespace

std::vector<byte_range> coalesce(std::vector<byte_range> parts) {
    bool is_any_close = false;
    for (std::size_t i = 0; i < parts.size(); ++i)
        for (std::size_t j = i + 1; j < parts.size(); ++j)
            is_any_close = is_any_close || are_close(parts[i], parts[j]);
    if (!is_any_close) return parts;
    std::sort(parts.begin(), parts.end(),
              [](const byte_range& a, const byte_range& b) { return a.first < b.first; });
    std::vector<byte_range> joined;
    for (const byte_range& each : parts) {
        if (!joined.empty() && are_close(joined.back(), each)) {
            joined.back().last = std::max(joined.back().last, each.last);
        } else {
            joined.push_back(each);
        }
    }
    return joined;
}

byte_ranges_body::byte_ranges_body(file opened, std::vector<byte_range> parts,
                                   std::uint64_t size_bytes, std::string_view content_type)
    : file_{std::move(opened)},
      parts_{std::move(parts)},
      size_bytes_{size_bytes},
      part_type_{content_type},
      boundary_{make_boundary()} {
    for (std::size_t i = 0; i <= parts_.size(); ++i)
        length_ += head_of(i).size() + (i < parts_.size() ? parts_[i].bytes() : 0);
    text_ = head_of(0);
}

std::string byte_ranges_body::content_type() const {
    return "multipart/byteranges; boundary=" + boundary_;
}

/// What stands in front of a part, or behind the last one.
std::string byte_ranges_body::head_of(std::size_t index) const {
    std::string text = index == 0 ? "--" : "\r\n--";
    text.append(boundary_);
    if (index == parts_.size()) return text.append("--\r\n");
    text.append("\r\nContent-Type: ").append(part_type_).append("\r\nContent-Range: ");
    return text.append(wire::http::content_range(parts_[index], size_bytes_)).append("\r\n\r\n");
}

std::size_t byte_ranges_body::take_text(byte_span target) noexcept {
    const std::size_t count = std::min(target.size(), text_.size() - text_taken_);
    std::copy_n(reinterpret_cast<const std::byte*>(text_.data()) + text_taken_, count,
                target.data());
    text_taken_ += count;
    if (text_taken_ == text_.size() && next_ < parts_.size()) {
        offset_ = parts_[next_].first;
        left_ = parts_[next_].bytes();
        ++next_;
    }
    return count;
}

async<std::size_t> byte_ranges_body::read_some(byte_span target) {
    if (text_taken_ < text_.size()) co_return take_text(target);
    if (left_ == 0) co_return 0;
    const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(target.size(), left_));
    auto reading = file_.pread(target.first(room), offset_);
    const std::size_t count = co_await std::move(reading);
    if (count == 0) {
        throw error{errc::end_of_stream,
                    "a file became shorter while it was sent: " + file_.path()};
    }
    offset_ += count;
    left_ -= count;
    if (left_ == 0) {
        text_ = head_of(next_);
        text_taken_ = 0;
    }
    co_return count;
}

}  // namespace patio::http::detail
