// SPDX-License-Identifier: MIT

#include "ciphertext.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace patio::tls {

input_bytes::input_bytes(const std::string& first) : end_{first.size()} {
    const byte_view bytes{first};
    memory_.assign(bytes.begin(), bytes.end());
}

byte_span input_bytes::room() {
    if (memory_.size() < first_bytes) memory_.resize(first_bytes);
    begin_ = end_ = 0;
    return {memory_.data(), memory_.size()};
}

void input_bytes::add(std::size_t count) noexcept {
    end_ = count;
    if (count < memory_.size() || memory_.size() >= bytes_max) return;
    try {  // the peer fills it faster than it is read
        memory_.resize(std::min(2 * memory_.size(), bytes_max));
    } catch (const std::bad_alloc&) {  // then it stays as it is
    }
}

std::size_t input_bytes::take(void* target, std::size_t size) noexcept {
    const std::size_t count = std::min(size, this->size());
    if (count > 0) std::memcpy(target, memory_.data() + begin_, count);
    begin_ += count;
    return count;
}

void output_bytes::add(const void* bytes, std::size_t size) {
    const byte_view added{bytes, size};
    waiting_.insert(waiting_.end(), added.begin(), added.end());
    added_ += size;
}

output_bytes::flight::flight(output_bytes& from) : from_{from} {
    if (from.flown_ == from.flying_.size()) {
        from.flying_.clear();
        from.flown_ = 0;
        std::swap(from.flying_, from.waiting_);
    }
    view_ = byte_view{from.flying_.data(), from.flying_.size()}.from(from.flown_);
}

output_bytes::flight::~flight() {
    if (taken == transport::bytes_unknown) {
        from_.is_torn_ = true;
        return;
    }
    from_.flown_ += std::min(taken, view_.size());
    from_.gone_ += std::min(taken, view_.size());
    if (from_.flown_ < from_.flying_.size()) return;
    from_.flying_.clear();
    from_.flown_ = 0;
    if (from_.flying_.capacity() > kept_bytes_max) from_.flying_.shrink_to_fit();
}

// --- the BIO

namespace {

ciphertext& bytes_of(BIO* bio) noexcept { return *static_cast<ciphertext*>(BIO_get_data(bio)); }

int read_from(BIO* bio, char* target, std::size_t size, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    *count = bytes_of(bio).input.take(target, size);
    if (*count > 0) return 1;
    BIO_set_retry_read(bio);
    return 0;
}

int write_to(BIO* bio, const char* data, std::size_t size, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    try {  // nothing may be thrown through C
        bytes_of(bio).output.add(data, size);
    } catch (const std::bad_alloc&) {
        *count = 0;
        return 0;
    }
    *count = size;
    return 1;
}

long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;  // whoever called OpenSSL sends what is there
}

const BIO_METHOD* method() {
    static const owned<BIO_METHOD, &BIO_meth_free> one = [] {
        owned<BIO_METHOD, &BIO_meth_free> made{
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "patio transport")};
        if (made == nullptr) throw std::bad_alloc{};
        BIO_meth_set_read_ex(made.get(), &read_from);
        BIO_meth_set_write_ex(made.get(), &write_to);
        BIO_meth_set_ctrl(made.get(), &control);
        return made;
    }();
    return one.get();
}

}  // namespace

owned_bio make_bio(ciphertext& bytes) {
    owned_bio made{BIO_new(method())};
    if (made == nullptr) throw std::bad_alloc{};
    BIO_set_data(made.get(), &bytes);
    BIO_set_init(made.get(), 1);
    return made;
}

}  // namespace patio::tls
