// SPDX-License-Identifier: MIT
#pragma once

// A part of a file as a body.

#include <patio/base/config.hpp>
#include <patio/http/body.hpp>
#include <patio/io/file.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace patio::http::detail {

/// Known to servers, which let the kernel send it.
class file_body final : public body_source {
public:
    file_body(file opened, std::uint64_t offset, std::uint64_t length) noexcept
        : file_{std::move(opened)}, offset_{offset}, length_{length} {}
    [[nodiscard]] static async<std::unique_ptr<body_source>> open(
        std::string path, std::uint64_t offset, std::optional<std::uint64_t> length);

    /// **Fails** with `errc::end_of_stream` if the file was cut meanwhile.
    async<std::size_t> read_some(byte_span target) override;
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept override { return length_; }

    [[nodiscard]] bool rewind() noexcept override {
        taken_ = 0;
        return true;
    }

    [[nodiscard]] const file& source() const noexcept { return file_; }
    /// Where the next byte stands, and how many are left.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_ + taken_; }
    [[nodiscard]] std::uint64_t left() const noexcept { return length_ - taken_; }
    /// Somebody has sent that many more.
    void advance(std::uint64_t count) noexcept { taken_ += count; }

private:
    file file_;
    std::uint64_t offset_;
    std::uint64_t length_;
    std::uint64_t taken_ = 0;
};

}  // namespace patio::http::detail
