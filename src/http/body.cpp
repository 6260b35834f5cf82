// SPDX-License-Identifier: MIT

#include <patio/http/body.hpp>

#include "body_stream.hpp"
#include "file_body.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/io/file.hpp>
#include <patio/io/files.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <utility>

namespace patio::http {

namespace {

constexpr std::size_t piece_bytes = std::size_t{16} << 10;

/// What a generator gives.
class generated_source final : public body_source {
public:
    generated_source(async_generator<std::string> pieces, std::optional<std::uint64_t> length)
        : pieces_{std::move(pieces)}, length_{length} {}

    async<std::size_t> read_some(byte_span target) override {
        while (taken_ == piece_.size() && !has_ended_)
            co_await take_piece();
        const std::size_t count = std::min(target.size(), piece_.size() - taken_);
        std::copy_n(reinterpret_cast<const std::byte*>(piece_.data()) + taken_, count,
                    target.data());
        taken_ += count;
        co_return count;
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept override { return length_; }

private:
    async<> take_piece() {
        std::optional<std::string> next = co_await pieces_.next();
        taken_ = 0;
        piece_ = std::move(next).value_or(std::string{});
        given_ += piece_.size();
        has_ended_ = !next.has_value();
        if (length_ && (given_ > *length_ || (has_ended_ && given_ < *length_))) {
            throw usage_error{"a generated body has another length than it was said to have"};
        }
    }

    async_generator<std::string> pieces_;
    std::optional<std::uint64_t> length_;
    std::uint64_t given_ = 0;
    std::string piece_;
    std::size_t taken_ = 0;
    bool has_ended_ = false;
};

template <class T>
async<T> give(T value) {
    co_return value;
}

using shared_source = std::shared_ptr<body_source>;  // operations may outlive the body

async<std::size_t> read_into(shared_source from, byte_span target) {
    if (target.empty()) co_return 0;
    auto reading = from->read_some(target);
    const std::size_t count = co_await std::move(reading);
    co_return count;
}

async<std::string> read_piece(shared_source from, std::size_t bytes_max) {
    std::string piece(std::min(bytes_max, piece_bytes), '\0');
    auto reading = read_into(std::move(from), byte_span{piece});
    const std::size_t count = co_await std::move(reading);
    piece.resize(count);
    co_return piece;
}

async<std::string> read_all(shared_source from, std::size_t bytes_max) {
    std::string all;
    std::size_t count = 0;
    // A length is what a stranger says: memory follows what has really come.
    std::size_t room = std::min<std::uint64_t>(from->length().value_or(0), piece_bytes);
    for (;;) {
        if (count > bytes_max) throw limit_exceeded{"text_bytes_max", bytes_max};
        if (count == all.size()) all.resize(std::max({count + room, 2 * count, std::size_t{256}}));
        auto reading = read_into(from, byte_span{all}.from(count));
        const std::size_t got = co_await std::move(reading);
        if (got == 0) break;
        count += got;
        room = piece_bytes;
    }
    all.resize(count);
    co_return all;
}

async<> drop_all(shared_source from, std::uint64_t bytes_max) {
    std::byte scrap[4096];
    std::uint64_t left = bytes_max;
    for (;;) {
        auto reading = read_into(from, byte_span{scrap, sizeof scrap});
        const std::size_t got = co_await std::move(reading);
        if (got == 0) co_return;
        if (got > left) throw limit_exceeded{"bytes_max", static_cast<std::size_t>(bytes_max)};
        left -= got;
    }
}

/// Removes a file unless it has got its name.
class unfinished_file {
public:
    explicit unfinished_file(const std::string& beside) {
        static std::atomic<unsigned> count{0};
        // Order between threads does not matter: the numbers need only differ.
        path_ = beside + ".part" + std::to_string(count.fetch_add(1, std::memory_order_relaxed));
    }
    unfinished_file(const unfinished_file&) = delete;
    unfinished_file& operator=(const unfinished_file&) = delete;
    ~unfinished_file() {
        if (!path_.empty()) std::remove(path_.c_str());
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    void keep() noexcept { path_.clear(); }

private:
    std::string path_;
};

async<std::uint64_t> save_all(shared_source from, std::string path) {
    unfinished_file part{path};
    file target = co_await file::open(part.path(), file_options{file_mode::write});
    std::string piece(std::size_t{64} << 10, '\0');
    std::uint64_t total = 0;
    for (;;) {
        auto reading = read_into(from, byte_span{piece});
        const std::size_t got = co_await std::move(reading);
        if (got == 0) break;
        co_await target.write(byte_view{piece}.first(got));
        total += got;
    }
    co_await target.close();
    co_await rename_file(part.path(), path);
    part.keep();
    co_return total;
}

async<std::uint64_t> save_text(std::string text, std::string path) {
    co_await write_file(std::move(path), byte_view{text}, write_how::atomic);
    co_return text.size();
}

async<> nothing() { co_return; }

}  // namespace

body_source::~body_source() = default;
std::optional<std::uint64_t> body_source::length() const noexcept { return std::nullopt; }
const headers* body_source::trailers() const noexcept { return nullptr; }
bool body_source::rewind() noexcept { return false; }

body::body(async_generator<std::string> pieces, std::optional<std::uint64_t> length)
    : source_{std::make_shared<generated_source>(std::move(pieces), length)} {}

async<body> body::from_file(std::string path, std::uint64_t offset,
                            std::optional<std::uint64_t> length) {
    auto opening = detail::file_body::open(std::move(path), offset, length);
    std::unique_ptr<body_source> source = co_await std::move(opening);
    co_return body{std::move(source)};
}

body::body(body&& other) noexcept
    : bytes_{std::move(other.bytes_)},
      position_{std::exchange(other.position_, 0)},
      has_bytes_{std::exchange(other.has_bytes_, false)},
      source_{std::move(other.source_)} {
    other.bytes_.clear();
}
body& body::operator=(body&& other) noexcept {
    body taken{std::move(other)};
    bytes_.swap(taken.bytes_);
    std::swap(position_, taken.position_);
    std::swap(has_bytes_, taken.has_bytes_);
    source_.swap(taken.source_);
    return *this;
}
body::~body() = default;

std::optional<std::uint64_t> body::length() const noexcept {
    if (source_ != nullptr) return source_->length();
    return bytes_.size();
}

std::optional<std::string_view> body::in_memory() const noexcept {
    if (source_ != nullptr) return std::nullopt;
    return bytes_;
}

async<std::size_t> body::read_some(byte_span target) {
    if (source_ != nullptr) return read_into(source_, target);
    const std::size_t count = std::min(target.size(), bytes_.size() - position_);
    std::copy_n(reinterpret_cast<const std::byte*>(bytes_.data()) + position_, count,
                target.data());
    position_ += count;
    return give(count);
}

async<std::string> body::read_some(std::size_t bytes_max) {
    if (source_ != nullptr) return read_piece(source_, bytes_max);
    std::string piece = bytes_.substr(position_, bytes_max);
    position_ += piece.size();
    return give(std::move(piece));
}

async<std::string> body::text(std::size_t bytes_max) {
    if (source_ != nullptr) return read_all(source_, bytes_max);
    if (bytes_.size() - position_ > bytes_max) throw limit_exceeded{"text_bytes_max", bytes_max};
    std::string rest = bytes_.substr(position_);
    position_ = bytes_.size();
    return give(std::move(rest));
}

async<std::uint64_t> body::save_to(std::string path) {
    if (source_ != nullptr) return save_all(source_, std::move(path));
    std::string rest = bytes_.substr(position_);
    position_ = bytes_.size();
    return save_text(std::move(rest), std::move(path));
}

async<> body::discard(std::uint64_t bytes_max) {
    if (source_ != nullptr) return drop_all(source_, bytes_max);
    position_ = bytes_.size();
    return nothing();
}

stream body::as_stream() && {
    return stream{std::make_unique<detail::body_transport>(std::exchange(*this, {}))};
}

const headers* body::trailers() const noexcept {
    return source_ != nullptr ? source_->trailers() : nullptr;
}

}  // namespace patio::http
