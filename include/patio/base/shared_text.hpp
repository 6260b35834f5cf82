// SPDX-License-Identifier: MIT
#pragma once

// A text that never changes and whose copies cannot fail: what an exception may carry.

#include <patio/base/config.hpp>

#include <cstddef>

namespace patio {

/// An immutable, reference-counted text.
///
/// **Use** inside exception types: std::exception must copy without throwing, and std::string
/// cannot.
/// **Threads** copies may live on different threads. **Cost** one allocation when made, none when
/// copied; if that one fails the text is empty.
class PATIO_EXPORT shared_text {
public:
    shared_text() noexcept = default;
    explicit shared_text(const char* text) noexcept;
    shared_text(const char* text, std::size_t length) noexcept;
    shared_text(const shared_text& other) noexcept;
    shared_text(shared_text&& other) noexcept;
    shared_text& operator=(shared_text other) noexcept;
    ~shared_text();

    [[nodiscard]] const char* c_str() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return *c_str() == '\0'; }

private:
    struct block;
    block* block_ = nullptr;
};

}  // namespace patio
