// SPDX-License-Identifier: MIT

// The floor of the reads of files: pread(2), one after the other, on the thread that wants them.

#include "../support/harness.hpp"

#include "work.hpp"

#include <array>
#include <cstdint>

#include <fcntl.h>
#include <unistd.h>

namespace {

using bench::cpu_timer;
using bench::expect;
using bench::measurement;

measurement read_with(std::int64_t count, int flags) {
    const bench::sample_file sample;
    const int fd = ::open(sample.path(), O_RDONLY | O_CLOEXEC | flags);
    expect(fd >= 0, "the file opens");
    alignas(bench::block_bytes) static std::array<char, bench::block_bytes> block;
    std::int64_t done = 0;
    const cpu_timer timer;
    const std::int64_t begin_ns = bench::now_ns();
    for (std::int64_t i = 0; i < count; ++i) {
        const auto got =
            ::pread(fd, block.data(), block.size(), static_cast<off_t>(bench::offset_of(i)));
        if (got == ssize_t{block.size()} && bench::is_block(block.data(), i)) ++done;
    }
    const std::int64_t elapsed_ns = bench::now_ns() - begin_ns;
    const auto found = timer.per_operation(count);
    std::fprintf(stderr, "wall_ns %.1f\n",
                 static_cast<double>(elapsed_ns) / static_cast<double>(count));
    ::close(fd);
    expect(done == count, "every block was read");
    return found;
}

measurement cached(std::int64_t count) { return read_with(count, 0); }
measurement direct(std::int64_t count) { return read_with(count, O_DIRECT); }

// A thread that calls pread has no queue: the same work for both depths.
constexpr bench::entry entries[]{
    {"read_cached_4k_1", cached, 300'000},
    {"read_cached_4k_32", cached, 300'000},
    {"read_direct_4k_1", direct, 5'000},
    {"read_direct_4k_32", direct, 20'000},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, "bare C++", entries); }
