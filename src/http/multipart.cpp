// SPDX-License-Identifier: MIT

#include <patio/http/multipart.hpp>

#include "access.hpp"
#include "multipart_body.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace patio::http {

namespace detail {

namespace {

std::array<std::uint32_t, 8> random_words() {
    std::random_device source;
    std::array<std::uint32_t, 8> words{};
    for (std::uint32_t& each : words)
        each = source();
    return words;
}

multipart_writer make_writer() {
    const std::array<std::uint32_t, 8> words = random_words();
    return multipart_writer{byte_view{words.data(), sizeof words}};
}

void check(multipart_write_fault fault) {
    if (fault == multipart_write_fault::none) return;
    throw error{errc::malformed, fault == multipart_write_fault::bad_name
                                     ? "the name of a part has a control character"
                                     : "the media type of a part has a control character"};
}

}  // namespace

multipart_body::multipart_body() : writer_{make_writer()} {}

void multipart_body::add_field(std::string_view name, std::string_view value) {
    check(writer_.add_field(name, value));
}

void multipart_body::add_file(std::string_view name, std::string_view filename,
                              std::string_view media_type, body bytes) {
    files_.reserve(files_.size() + 1);
    check(writer_.add_file(name, filename, media_type, bytes.length()));
    files_.push_back(std::move(bytes));
}

async<std::size_t> multipart_body::read_some(byte_span target) {
    for (;;) {
        if (is_at_end_) co_return 0;
        if (piece_.kind == multipart_writer::piece_kind::file) {
            auto reading = files_[piece_.file_index].read_some(target);
            const std::size_t count = co_await std::move(reading);
            if (count > 0) co_return count;
        } else if (!piece_.bytes.empty()) {
            const byte_view given = piece_.bytes.first(target.size());
            std::copy_n(given.data(), given.size(), target.data());
            piece_.bytes = piece_.bytes.from(given.size());
            co_return given.size();
        }
        piece_ = writer_.next();
        is_at_end_ = piece_.kind == multipart_writer::piece_kind::end;
    }
}

bool multipart_body::rewind() noexcept {
    for (body& each : files_) {
        if (!body_access::rewind(each, 0)) return false;
    }
    writer_.rewind();
    piece_ = {};
    is_at_end_ = false;
    return true;
}

}  // namespace detail

multipart::multipart() : body_{std::make_unique<detail::multipart_body>()} {}
multipart::multipart(multipart&& other) noexcept = default;
multipart& multipart::operator=(multipart&& other) noexcept = default;
multipart::~multipart() = default;

namespace {

detail::multipart_body& open(const std::unique_ptr<detail::multipart_body>& of) {
    if (of == nullptr) throw usage_error{"this form was given away; nothing can be added"};
    return *of;
}

}  // namespace

multipart& multipart::field(std::string_view name, std::string_view value) {
    open(body_).add_field(name, value);
    return *this;
}

multipart& multipart::part(std::string_view name, std::string_view filename, body bytes,
                           std::string_view media_type) {
    open(body_).add_file(name, filename, media_type, std::move(bytes));
    return *this;
}

async<> multipart::file(std::string name, std::string path, std::string media_type) {
    auto opening = body::from_file(path);
    body bytes = co_await std::move(opening);
    const std::string filename = path.substr(path.rfind('/') + 1);
    open(body_).add_file(name, filename, media_type, std::move(bytes));
}

multipart::operator content() && {
    std::string type = open(body_).media_type();
    return content{http::body{std::unique_ptr<body_source>{std::move(body_)}}, std::move(type)};
}

}  // namespace patio::http
