// SPDX-License-Identifier: MIT
#pragma once

// The work that all programs about files do: blocks of 4 KiB, scattered over a file of 1 MiB.

#include "../support/harness.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace bench {

inline constexpr std::size_t block_bytes = 4096;
inline constexpr std::int64_t block_count = 256;

/// Which block the read with this index wants: each once in a round, with jumps.
constexpr std::int64_t block_of(std::int64_t index) { return index * 1'597 % block_count; }

constexpr std::uint64_t offset_of(std::int64_t index) {
    return static_cast<std::uint64_t>(block_of(index)) * block_bytes;
}

/// Whether the block is the one that was wanted.
inline bool is_block(const char* bytes, std::int64_t index) {
    std::int64_t mark = 0;
    std::memcpy(&mark, bytes, sizeof mark);
    return mark == block_of(index);
}

/// The file, on the disk and in the page cache; removed at the end. $TMPDIR says where.
class sample_file {
public:
    sample_file() {
        const char* directory = std::getenv("TMPDIR");
        std::snprintf(path_, sizeof path_, "%s/patio-bench-XXXXXX",
                      directory != nullptr ? directory : "/tmp");
        const int fd = ::mkstemp(path_);
        expect(fd >= 0, "the sample can be made");
        std::array<char, block_bytes> block{};
        for (std::int64_t i = 0; i < block_count; ++i) {
            std::memcpy(block.data(), &i, sizeof i);
            expect(::write(fd, block.data(), block.size()) == ssize_t{block.size()},
                   "the sample can be written");
        }
        ::fsync(fd);
        ::close(fd);
    }
    sample_file(const sample_file&) = delete;
    sample_file& operator=(const sample_file&) = delete;
    ~sample_file() { ::unlink(path_); }
    [[nodiscard]] const char* path() const { return path_; }

private:
    char path_[4096];
};

}  // namespace bench
