// SPDX-License-Identifier: MIT
#pragma once

// How a file is opened.

#include <patio/base/config.hpp>

#include <cstdint>

namespace patio {

namespace detail {
struct file_opening;
}

/// What a file is opened for; the letters are those of C's fopen and Python's open.
enum class file_mode : std::uint8_t {
    read,        ///< "r": it must exist
    read_write,  ///< "r+": it must exist, and keeps what is in it
    write,       ///< "w": made if there is none, emptied if there is one
    append,      ///< "a": made if there is none; each write goes to its end
    create,      ///< "x": it must not exist
};

/// How a file is opened. Each setter changes one thing and returns the object.
///
/// ```
/// co_await patio::file::open("log", patio::file_options{patio::file_mode::append}.sync_writes());
/// ```
class PATIO_EXPORT file_options {
public:
    file_options() noexcept = default;
    file_options(file_mode mode) noexcept : mode_{mode} {}  // NOLINT: a mode alone is enough

    /// Lets a file that is opened for writing be read too: "w+", "a+", "x+".
    file_options& also_read() noexcept {
        also_reads_ = true;
        return *this;
    }
    /// Makes a file where `read_write` finds none.
    file_options& create_if_missing() noexcept {
        creates_ = true;
        return *this;
    }
    /// The permissions of a file that is made, without those that the process's umask takes away.
    /// 0666 by default, which leaves 0644 with the usual umask.
    file_options& permissions(std::uint32_t bits) noexcept {
        permissions_ = bits;
        return *this;
    }
    /// Each write returns only when its bytes are on the disk (O_DSYNC).
    file_options& sync_writes() noexcept {
        syncs_writes_ = true;
        return *this;
    }
    /// Moves data past the page cache (O_DIRECT): memory, offsets and sizes must be multiples of
    /// the disk's block. Not every file system can.
    file_options& direct() noexcept {
        is_direct_ = true;
        return *this;
    }
    /// Refuses a path whose last part is a symbolic link (ELOOP).
    file_options& refuse_links() noexcept {
        refuses_links_ = true;
        return *this;
    }

private:
    friend struct detail::file_opening;
    std::uint32_t permissions_ = 0666;
    file_mode mode_ = file_mode::read;
    bool also_reads_ = false;
    bool creates_ = false;
    bool syncs_writes_ = false;
    bool is_direct_ = false;
    bool refuses_links_ = false;
};

}  // namespace patio
