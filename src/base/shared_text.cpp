// SPDX-License-Identifier: MIT

#include <patio/base/shared_text.hpp>

#include <cstring>
#include <new>
#include <utility>

namespace patio {

struct shared_text::block {
    unsigned refs = 1;
    char text[1];  // the characters and the zero; allocated at their length
};

shared_text::shared_text(const char* text) noexcept
    : shared_text{text, text != nullptr ? std::strlen(text) : 0} {}

shared_text::shared_text(const char* text, std::size_t length) noexcept {
    if (length == 0) return;
    void* memory = ::operator new(offsetof(block, text) + length + 1, std::nothrow);
    if (memory == nullptr) return;
    block_ = ::new (memory) block;
    std::memcpy(static_cast<char*>(memory) + offsetof(block, text), text, length);
    static_cast<char*>(memory)[offsetof(block, text) + length] = '\0';
}

shared_text::shared_text(const shared_text& other) noexcept : block_{other.block_} {
    if (block_ != nullptr) __atomic_add_fetch(&block_->refs, 1U, __ATOMIC_RELAXED);
}

shared_text::shared_text(shared_text&& other) noexcept
    : block_{std::exchange(other.block_, nullptr)} {}

shared_text& shared_text::operator=(shared_text other) noexcept {
    std::swap(block_, other.block_);
    return *this;
}

shared_text::~shared_text() {
    if (block_ != nullptr && __atomic_sub_fetch(&block_->refs, 1U, __ATOMIC_ACQ_REL) == 0) {
        ::operator delete(block_);
    }
}

const char* shared_text::c_str() const noexcept {
    if (block_ == nullptr) return "";
    return reinterpret_cast<const char*>(block_) + offsetof(block, text);
}

}  // namespace patio
