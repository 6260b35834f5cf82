// SPDX-License-Identifier: MIT

#include "multipart_writer.hpp"

#include "text_rules.hpp"

#include <patio/base/assert.hpp>

#include <algorithm>

namespace patio::http {

namespace {

bool can_be_quoted(std::string_view name) noexcept {
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return c == '\r' || c == '\n' || !is_forbidden_control(c); });
}

}  // namespace

multipart_writer::multipart_writer(byte_view random) : boundary_{"patio-"} {
    PATIO_ASSERT(random.size() >= random_bytes_min,
                 "a boundary needs 16 random bytes: with fewer it could be guessed");
    constexpr std::size_t random_bytes_max = 32;  // a boundary has at most 70 characters
    for (const std::byte each : random.first(random_bytes_max)) {
        constexpr std::string_view digits = "0123456789abcdef";
        boundary_ += digits[std::to_integer<unsigned>(each) >> 4];
        boundary_ += digits[std::to_integer<unsigned>(each) & 0x0F];
    }
    close();
}

void multipart_writer::append_quoted(std::string_view name) {
    for (const char c : name) {
        if (c == '"') {
            text_ += "%22";
        } else if (c == '\r') {
            text_ += "%0D";
        } else if (c == '\n') {
            text_ += "%0A";
        } else {
            text_ += c;
        }
    }
}

void multipart_writer::close() { text_.append("--").append(boundary_).append("--\r\n"); }

void multipart_writer::begin_part(std::string_view name) {
    text_.resize(text_.size() - boundary_.size() - 6);  // without what `close` has added
    text_.append("--").append(boundary_);
    text_.append("\r\nContent-Disposition: form-data; name=\"");
    append_quoted(name);
    text_ += '"';
}

multipart_write_fault multipart_writer::add_field(std::string_view name, std::string_view value) {
    if (!can_be_quoted(name)) return multipart_write_fault::bad_name;
    begin_part(name);
    text_.append("\r\n\r\n").append(value).append("\r\n");
    close();
    return multipart_write_fault::none;
}

multipart_write_fault multipart_writer::add_file(std::string_view name, std::string_view filename,
                                                 std::string_view content_type,
                                                 std::optional<std::uint64_t> size) {
    if (!can_be_quoted(name) || !can_be_quoted(filename)) return multipart_write_fault::bad_name;
    content_type = trimmed(content_type);
    if (!has_no_controls(content_type)) return multipart_write_fault::bad_content_type;
    if (content_type.empty()) content_type = "application/octet-stream";
    begin_part(name);
    text_.append("; filename=\"");
    append_quoted(filename);
    text_.append("\"\r\nContent-Type: ").append(content_type).append("\r\n\r\n");
    files_.push_back({text_.size(), size});
    text_.append("\r\n");
    close();
    return multipart_write_fault::none;
}

std::string multipart_writer::content_type() const {
    return "multipart/form-data; boundary=" + boundary_;
}

std::optional<std::uint64_t> multipart_writer::content_length() const noexcept {
    std::uint64_t sum = text_.size();
    for (const file_place& each : files_) {
        if (!each.size || *each.size > UINT64_MAX - sum) return std::nullopt;
        sum += *each.size;
    }
    return sum;
}

multipart_writer::piece multipart_writer::next() noexcept {
    piece given;
    if (phase_ == phase::file) {
        given.kind = piece_kind::file;
        given.file_index = file_index_++;
        phase_ = phase::text;
        return given;
    }
    if (phase_ == phase::done) return given;
    given.kind = piece_kind::bytes;
    std::size_t end = text_.size();
    if (file_index_ < files_.size()) {
        end = files_[file_index_].text_offset;
        phase_ = phase::file;
    } else {
        phase_ = phase::done;
    }
    given.bytes = byte_view{text_}.first(end).from(text_given_);
    text_given_ = end;
    return given;
}

void multipart_writer::rewind() noexcept {
    file_index_ = 0;
    text_given_ = 0;
    phase_ = phase::text;
}

}  // namespace patio::http
