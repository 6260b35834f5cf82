// SPDX-License-Identifier: MIT
#pragma once

// What is in a directory.

#include <patio/base/config.hpp>
#include <patio/core/async_generator.hpp>
#include <patio/core/error.hpp>
#include <patio/io/file_status.hpp>

#include <string>  // tidy: allow(heavy-header): names are strings
#include <utility>

namespace patio {

/// A name in a directory.
class PATIO_EXPORT directory_entry {
public:
    directory_entry() noexcept = default;
    directory_entry(std::string name, file_type type) noexcept
        : name_{std::move(name)}, type_{type} {}

    /// Without the directory's path.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Of the entry itself: a symbolic link is one.
    [[nodiscard]] file_type type() const noexcept { return type_; }
    [[nodiscard]] bool is_regular() const noexcept { return type_ == file_type::regular; }
    [[nodiscard]] bool is_directory() const noexcept { return type_ == file_type::directory; }

private:
    std::string name_;
    file_type type_ = file_type::unknown;
};

/// The entries of a directory, without "." and "..".
///
/// ```
/// auto all = patio::list_directory("/etc");
/// while (auto entry = co_await all.next()) std::puts(entry->name().c_str());
/// ```
///
/// They are read in portions of some hundred, on a thread, so a directory of millions needs little
/// memory.
///
/// **Fails** at the first or a later `next()`, with `patio::error`.
/// **Order** the file system's, which is none. What is made or removed meanwhile may be missing or
/// there.
[[nodiscard]] PATIO_EXPORT async_generator<directory_entry> list_directory(std::string path);

}  // namespace patio
