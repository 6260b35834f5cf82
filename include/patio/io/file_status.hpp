// SPDX-License-Identifier: MIT
#pragma once

// What the file system knows about a file.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>

#include <cstdint>

namespace patio {

namespace detail {
struct status_access;
}

enum class file_type : std::uint8_t {
    regular,
    directory,
    symbolic_link,
    block_device,
    character_device,
    fifo,
    socket,
    unknown,
};

/// What stat(2) says about a file. It was so at one moment; nobody promises that it still is.
class PATIO_EXPORT file_status {
public:
    file_status() noexcept = default;

    [[nodiscard]] file_type type() const noexcept { return type_; }
    [[nodiscard]] bool is_regular() const noexcept { return type_ == file_type::regular; }
    [[nodiscard]] bool is_directory() const noexcept { return type_ == file_type::directory; }
    /// In bytes.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    /// What it takes on its disk, in bytes: less than its size if it has holes.
    [[nodiscard]] std::uint64_t disk_size() const noexcept { return disk_size_; }
    /// The twelve bits that chmod sets.
    [[nodiscard]] std::uint32_t permissions() const noexcept { return permissions_; }
    [[nodiscard]] std::uint32_t owner_id() const noexcept { return owner_id_; }
    [[nodiscard]] std::uint32_t group_id() const noexcept { return group_id_; }
    /// How many names it has.
    [[nodiscard]] std::uint64_t link_count() const noexcept { return link_count_; }
    /// Together these two tell whether two names mean the same file.
    [[nodiscard]] std::uint64_t device() const noexcept { return device_; }
    [[nodiscard]] std::uint64_t inode() const noexcept { return inode_; }
    /// When its content was changed, was read, and when any of this was changed: since the
    /// beginning of 1970, UTC.
    [[nodiscard]] duration modified() const noexcept { return modified_; }
    [[nodiscard]] duration accessed() const noexcept { return accessed_; }
    [[nodiscard]] duration changed() const noexcept { return changed_; }

private:
    friend struct detail::status_access;
    std::uint64_t size_ = 0;
    std::uint64_t disk_size_ = 0;
    std::uint64_t link_count_ = 0;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    duration modified_{};
    duration accessed_{};
    duration changed_{};
    std::uint32_t permissions_ = 0;
    std::uint32_t owner_id_ = 0;
    std::uint32_t group_id_ = 0;
    file_type type_ = file_type::unknown;
};

}  // namespace patio
