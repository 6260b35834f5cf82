// SPDX-License-Identifier: MIT
#pragma once

// Several parts of a file as one body: multipart/byteranges. RFC 9110 section 14.6.

#include "wire_http/ranges.hpp"

#include <patio/base/config.hpp>
#include <patio/http/body.hpp>
#include <patio/io/file.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patio::http::detail {

/// Puts parts together that overlap, or that are so close that a head between them would be longer
/// than the gap, and sorts them then. Parts that are far from each other stay in their order.
/// **Source** RFC 9110 section 15.3.7.2.
[[nodiscard]] PATIO_EXPORT std::vector<wire::http::byte_range> coalesce(
    std::vector<wire::http::byte_range> parts);

/// Reads parts of a file with the heads between them.
class PATIO_EXPORT byte_ranges_body final : public body_source {
public:
    byte_ranges_body(file opened, std::vector<wire::http::byte_range> parts,
                     std::uint64_t size_bytes, std::string_view content_type);

    /// "multipart/byteranges; boundary=…".
    [[nodiscard]] std::string content_type() const;
    /// **Fails** with `errc::end_of_stream` if the file was cut meanwhile.
    async<std::size_t> read_some(byte_span target) override;
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept override { return length_; }

private:
    [[nodiscard]] std::string head_of(std::size_t index) const;
    [[nodiscard]] std::size_t take_text(byte_span target) noexcept;

    file file_;
    std::vector<wire::http::byte_range> parts_;
    std::uint64_t size_bytes_;
    std::string part_type_;
    std::string boundary_;
    std::uint64_t length_ = 0;

    // What comes next: the rest of `text_`, and then the rest of the part in front of `next_`.
    std::string text_;
    std::size_t text_taken_ = 0;
    std::size_t next_ = 0;
    std::uint64_t offset_ = 0;
    std::uint64_t left_ = 0;
};

}  // namespace patio::http::detail
