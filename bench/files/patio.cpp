// SPDX-License-Identifier: MIT

// Reads of files for Patio, through its public headers only; PATIO_DRIVER chooses the driver.

#include "../support/harness.hpp"

#include <patio/core/task_group.hpp>
#include <patio/io/file.hpp>
#include <patio/io/run.hpp>

#include "work.hpp"

#include <array>
#include <cstdint>

namespace {

using bench::cpu_timer;
using bench::expect;
using bench::measurement;
using patio::async;
using patio::file;

/// Reads blocks from scattered offsets, `share` of them.
async<> read_blocks(file& source, std::int64_t first, std::int64_t share, std::int64_t& done) {
    alignas(bench::block_bytes) std::array<char, bench::block_bytes> block;
    for (std::int64_t i = first; i < first + share; ++i) {
        const auto count = co_await source.pread(block, bench::offset_of(i));
        if (count == block.size() && bench::is_block(block.data(), i)) ++done;
    }
}

async<measurement> read_with(std::int64_t count, std::int64_t depth, patio::file_options how) {
    const bench::sample_file sample;
    file source = co_await file::open(sample.path(), how);
    std::int64_t done = 0;
    const std::int64_t share = count / depth;
    const cpu_timer timer;
    const std::int64_t begin_ns = bench::now_ns();
    co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
        for (std::int64_t i = 0; i < depth; ++i)
            group.spawn([&, i] { return read_blocks(source, i * share, share, done); });
        co_return;
    });
    const std::int64_t elapsed_ns = bench::now_ns() - begin_ns;
    const auto found = timer.per_operation(share * depth);
    std::fprintf(stderr, "wall_ns %.1f\n",
                 static_cast<double>(elapsed_ns) / static_cast<double>(share * depth));
    expect(done == share * depth, "every block was read");
    co_return found;
}

measurement cached(std::int64_t count, std::int64_t depth) {
    return patio::run(read_with(count, depth, patio::file_mode::read));
}
measurement direct(std::int64_t count, std::int64_t depth) {
    return patio::run(read_with(count, depth, patio::file_options{}.direct()));
}

constexpr bench::entry entries[]{
    {"read_cached_4k_1", [](std::int64_t n) { return cached(n, 1); }, 300'000},
    {"read_cached_4k_32", [](std::int64_t n) { return cached(n, 32); }, 300'000},
    {"read_direct_4k_1", [](std::int64_t n) { return direct(n, 1); }, 5'000},
    {"read_direct_4k_32", [](std::int64_t n) { return direct(n, 32); }, 20'000},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, "Patio", entries); }
