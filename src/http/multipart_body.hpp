// SPDX-License-Identifier: MIT
#pragma once

// A form with files as a body.

#include "multipart_writer.hpp"

#include <patio/http/body.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::http::detail {

class multipart_body final : public body_source {
public:
    multipart_body();

    void add_field(std::string_view name, std::string_view value);
    void add_file(std::string_view name, std::string_view filename, std::string_view media_type,
                  body bytes);
    [[nodiscard]] std::string media_type() const { return writer_.content_type(); }

    async<std::size_t> read_some(byte_span target) override;
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept override {
        return writer_.content_length();
    }
    [[nodiscard]] bool rewind() noexcept override;

private:
    multipart_writer writer_;
    std::vector<body> files_;
    multipart_writer::piece piece_;  // what is given out, of kind `end` in the beginning, too
    bool is_at_end_ = false;
};

}  // namespace patio::http::detail
