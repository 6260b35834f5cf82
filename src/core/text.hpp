// SPDX-License-Identifier: MIT
#pragma once

// Puts the texts of reports together.

#include <cstdint>
#include <exception>
#include <source_location>
#include <string>

namespace patio {

/// A string that one can stream into, for cold paths. Running out of memory leaves the text cut
/// short.
class text {
public:
    text& operator<<(const char* part) noexcept { return append(part); }
    text& operator<<(const std::string& part) noexcept { return append(part.c_str()); }
    text& operator<<(std::uint64_t number) noexcept;
    /// "file.cpp:12", the file without its folders.
    text& operator<<(std::source_location where) noexcept;

    [[nodiscard]] const char* c_str() const noexcept { return text_.c_str(); }
    [[nodiscard]] const std::string& str() const noexcept { return text_; }

private:
    text& append(const char* part) noexcept;

    std::string text_;
};

/// What an exception says of itself: its type and its what().
std::string text_of(const std::exception_ptr& error) noexcept;

}  // namespace patio
